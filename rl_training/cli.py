"""The old place of what stands in `rl_training.commands` now; kept for scripts of users."""

from rl_training.commands.parser import Parser
from rl_training.commands.running import INTERRUPTED, configure_logging, run_main

__all__ = ["INTERRUPTED", "Parser", "configure_logging", "run_main"]
