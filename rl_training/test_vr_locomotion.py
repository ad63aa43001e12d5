#!/usr/bin/env python3
"""The same as `spacetime-rl play --scenario vr_locomotion --headless`."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.commands import play
from rl_training.commands.running import run_main


def main(argv: list[str] | None = None) -> int:
    """Play, the VR locomotion scenario unless another is named."""
    return play.main(argv, scenario="vr_locomotion", viz=False)


if __name__ == "__main__":
    sys.exit(run_main(main))
