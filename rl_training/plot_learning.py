#!/usr/bin/env python3
"""Draw the learning curves of runs into one picture."""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, draw, say where the picture is."""
    from rl_training.reporting.learning_plot import plot_learning
    from rl_training.runs.paths import DEFAULT_ROOT, RunPaths

    parser = Parser(__doc__ or "")
    parser.add_argument("--experiment", nargs="+", required=True, help="names of the runs")
    parser.add_argument("--output", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--run_root", type=Path, default=DEFAULT_ROOT, help="models/ and logs/")
    given = parser.parse_args(argv)
    plot_learning([RunPaths(name, given.run_root) for name in given.experiment], given.output)
    print(f"wrote {given.output}")
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
