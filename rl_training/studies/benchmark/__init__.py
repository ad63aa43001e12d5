"""The measured suite: raw engine, this harness and stock godot-rl, side by side in one run.

Every figure comes from a cell: one configuration, measured in a process of its own. Called by
`benchmark_harness.py`, which also lends it the training settings; this package does not import
training.
"""
