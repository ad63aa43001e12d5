#!/usr/bin/env python3
"""Train over the engine's HTTP API alone: health, load the scene, metrics, train."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.commands.running import run_main
from rl_training.commands.train_by_api import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(run_main(main))
