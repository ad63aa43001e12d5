#!/usr/bin/env python3
"""Compare a report with its baseline; exit 1 when a metric is worse, and not by chance."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main
from rl_training.errors import ConfigError

if TYPE_CHECKING:
    from rl_training.evaluation.report_parts import Direction

_DIRECTIONS: dict[str, Direction] = {"higher": "higher", "lower": "lower", "either": "either"}


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, compare or update, print the table."""
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.gate import regression
    from rl_training.gate.baseline import write_baseline
    from rl_training.reporting import regression_table
    from rl_training.runs.atomic import write_text

    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--current", type=Path, required=True, metavar="JSON", help="report of evaluate_model.py")
    add("--baseline", type=Path, required=True, metavar="JSON", help="what it is held against")
    add(
        "--tolerance",
        type=float,
        default=regression.DEFAULT_TOLERANCE,
        metavar="X",
        help="relative worsening that is allowed",
    )
    add(
        "--alpha",
        type=float,
        default=regression.DEFAULT_ALPHA,
        metavar="P",
        help="probability of a false alarm, over all metrics together",
    )
    add("--metrics", nargs="+", default=(), metavar="NAME", help="only these; all if absent")
    add(
        "--direction",
        nargs="+",
        default=(),
        metavar="NAME=WAY",
        help="what is better in a metric: higher, lower or either",
    )
    add("--update_baseline", action="store_true", help="make the current report the baseline")
    add("--model", type=Path, metavar="ONNX", help="with --update_baseline: kept beside it")
    add("--training", metavar="COMMAND", help="with --update_baseline: how the model was trained")
    add("--json", type=Path, metavar="PATH", help="write the result")
    add("--markdown", type=Path, metavar="PATH", help="write the table")
    add("--junit", type=Path, metavar="PATH", help="write JUnit XML")
    given = parser.parse_args(argv)

    current = EvaluationReport.load(given.current)
    if given.update_baseline:
        write_baseline(current, given.baseline, given.training or "", given.model)
        print(f"the baseline is now {given.baseline}: {current.num_episodes} episodes")
        return 0
    check = regression.check_regression(
        current,
        EvaluationReport.load(given.baseline, "baseline"),
        given.tolerance,
        given.alpha,
        given.metrics,
        dict(_direction(word) for word in given.direction),
    )
    if given.json is not None:
        write_text(given.json, json.dumps(check.to_dict(), indent=1) + "\n")
    if given.markdown is not None:
        write_text(given.markdown, regression_table.as_markdown(check))
    if given.junit is not None:
        write_text(given.junit, regression_table.as_junit(check))
    print(regression_table.as_text(check))
    return 0 if check.passed else 1


def _direction(word: str) -> tuple[str, Direction]:
    name, _, way = word.partition("=")
    if way not in _DIRECTIONS:
        raise ConfigError(
            f"--direction: NAME=higher, NAME=lower or NAME=either was expected; found {word!r}"
        )
    return name, _DIRECTIONS[way]


if __name__ == "__main__":
    sys.exit(run_main(main))
