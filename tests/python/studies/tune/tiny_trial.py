"""A trial that really trains, on the tiny environment: no engine."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from rl_training.commands.running import run_main
from rl_training.config import TrainConfig
from rl_training.config.files import read_settings
from rl_training.training.pipeline import train
from tests.python.tiny_env import tiny_vec_env


def main() -> int:
    """Train by the settings that the last word names."""
    config = TrainConfig.from_dict(read_settings(Path(sys.argv[-1])))
    print(train(config, make_env=lambda *_: tiny_vec_env()).summary())
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
