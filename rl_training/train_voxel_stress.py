#!/usr/bin/env python3
"""The same as `spacetime-rl train --scenario voxel_stress`."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.commands import train
from rl_training.commands.running import run_main


def main(argv: list[str] | None = None) -> int:
    """Train, the voxel stress scenario unless another is named."""
    return train.main(argv, scenario="voxel_stress")


if __name__ == "__main__":
    sys.exit(run_main(main))
