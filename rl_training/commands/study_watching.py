"""Measure what a watching window costs a training that runs now."""

from __future__ import annotations

import json

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.errors import UsageError


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure, and print the figures."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "experiment_name", required=True, help="the run; it must be learning")
    flags.add(parser, "run_root")
    parser.add_argument("--pairs", type=int, default=20, help="watched and not, in turns")
    parser.add_argument("--iterations", type=int, default=3, help="rollouts of each segment")
    parser.add_argument("--arena", type=int, nargs="+", default=[0], help="watched ones")
    flags.add(parser, "json")
    given = parser.parse_args(argv)
    if given.pairs < 2 or given.iterations < 1:
        raise UsageError(
            f"--pairs must be 2 or more and --iterations 1 or more; found {given.pairs} and "
            f"{given.iterations}"
        )

    from rl_training.runs.paths import RunPaths, default_root
    from rl_training.studies.watching.measure import measure

    paths = RunPaths(given.experiment_name, given.run_root or default_root())
    found = measure(paths, given.pairs, given.iterations, given.arena, lambda line: print(line))
    flags.emit(given.json, found, json.dumps(found, indent=1))
    return 0
