"""The command line `spacetime-rl`: one file a subcommand, each flags, one call and an exit code.

`main` dispatches; `catalogue` names the commands; `flags` holds what several share. No command
decides anything: what it does stands in the packages below, which never import argparse. Modules
here import torch, NumPy and the engine only after their flags were parsed, so that --help is quick.
"""
