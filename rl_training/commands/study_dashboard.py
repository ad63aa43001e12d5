"""Measure the dashboard: many runs, a long run, points that arrive, a training that is watched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rl_training.commands import flags
from rl_training.commands.parser import Parser


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure what is asked for, and print the figures."""
    parser = Parser(__doc__ or "")
    parser.add_argument(
        "--cases",
        nargs="+",
        choices=("many", "long", "growing", "watched"),
        default=("many", "long", "growing", "watched"),
        help="what is measured",
    )
    parser.add_argument("--folder", type=Path, required=True, help="for runs that are made up")
    parser.add_argument("--runs", type=int, default=50, help="opened at once")
    parser.add_argument("--rows", type=int, default=2000, help="lines of each of them")
    parser.add_argument("--long_rows", type=int, default=10_000_000, help="lines of the long run")
    parser.add_argument("--points_per_s", type=int, default=10_000, help="scalars that arrive")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which they arrive")
    parser.add_argument("--repeats", type=int, default=5, help="of what is repeated")
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.studies.dashboard import bench, watched

    plan = bench.Plan(
        given.folder, given.runs, given.rows, given.long_rows, given.points_per_s,
        given.seconds, given.repeats,
    )  # fmt: skip

    def watch(plan: bench.Plan) -> dict[str, Any]:
        pairs = {
            kind.scenario: watched.compare(plan.folder, kind, plan.repeats)
            for kind in watched.KINDS
        }
        return {"load": pairs[watched.KINDS[-1].scenario]["load"], **pairs}

    measure = {
        "many": bench.open_many,
        "long": bench.scroll_long,
        "growing": bench.follow_growing,
        "watched": watch,
    }
    found = {name: measure[name](plan) for name in given.cases}
    text = "\n".join(f"{name}: {json.dumps(figures)}" for name, figures in found.items())
    flags.emit(given.json, found, text)
    return 0
