#!/usr/bin/env python3
"""The same as `spacetime-rl train --scenario spacecraft_landing`."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.commands import train
from rl_training.commands.running import run_main


def main(argv: list[str] | None = None) -> int:
    """Train, the spacecraft landing unless another is named."""
    return train.main(argv, scenario="spacecraft_landing")


if __name__ == "__main__":
    sys.exit(run_main(main))
