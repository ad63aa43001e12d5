"""`python -m rl_training`, and `python rl_training` in a clone: the command line."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
