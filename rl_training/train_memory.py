#!/usr/bin/env python3
"""Train a policy that remembers (recurrent PPO) on the memory scene and export it for the game."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train, and say what was written."""
    from rl_training.training.arguments import training_config

    configure_logging()
    config = training_config(argv, scenario="memory", description=__doc__ or "")

    from rl_training.training.pipeline import train

    print(train(config).summary())
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
