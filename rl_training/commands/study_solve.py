"""Measure how long it takes to learn a scenario from nothing, against stock godot-rl."""

from __future__ import annotations

import sys

from rl_training.commands import study_benchmark


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark's time to solve, without its cells; the flags are the benchmark's."""
    given = sys.argv[1:] if argv is None else argv
    return study_benchmark.main([*given, "--time_to_solve"], only_solve=True)
