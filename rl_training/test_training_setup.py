#!/usr/bin/env python3
"""The doctor under its other name: check everything that training needs; say what to do."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import run_main
from rl_training.doctor import main

if __name__ == "__main__":
    sys.exit(run_main(main))
