"""The dashboard: REST, a WebSocket and a page over the runs of a root.

It reads what runs write (`rl_training.runs`) and writes nothing but their control files. It never
imports torch and never trains: a run that it starts is a process of its own.
"""
