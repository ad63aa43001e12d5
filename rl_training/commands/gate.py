"""Compare a report with its baseline; exit 1 when a metric is worse, and not by chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import ConfigError
from rl_training.gate.limits import DEFAULT_ALPHA, DEFAULT_TOLERANCE
from rl_training.play.players import read_players

if TYPE_CHECKING:
    from rl_training.evaluation.report_parts import Direction

_DIRECTIONS: dict[str, Direction] = {"higher": "higher", "lower": "lower", "either": "either"}


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, compare or update, print the table."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--current", type=Path, required=True, metavar="JSON", help="report of `evaluate`")
    flags.add(parser, "baseline", required=True)
    flags.add(parser, "tolerance", default=DEFAULT_TOLERANCE)
    flags.add(parser, "alpha", default=DEFAULT_ALPHA)
    flags.add(parser, "other_parameters")
    add("--only", nargs="+", default=(), metavar="NAME", help="only these metrics; all if absent")
    parser.renamed("--metrics", "--only")
    add(
        "--direction",
        nargs="+",
        default=(),
        metavar="NAME=WAY",
        help="what is better in a metric: higher, lower or either",
    )
    add(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="the most that a number of the current report may be, such as "
        "performance.physics_frame_time_ms=11.11; kept with --update_baseline; may be repeated",
    )
    add("--update_baseline", action="store_true", help="make the current report the baseline")
    add(
        "--model",
        action="append",
        default=[],
        metavar="[GROUP=]PATH",
        help="with --update_baseline: an .onnx that is kept beside it, or one for each group",
    )
    add("--training", metavar="COMMAND", help="with --update_baseline: how the model was trained")
    flags.add(parser, "json", "markdown", "junit")
    given = parser.parse_args(argv)

    from rl_training.evaluation.report import EvaluationReport
    from rl_training.gate import regression
    from rl_training.gate.baseline import write_baseline
    from rl_training.gate.limit_check import check_limits, read_limits
    from rl_training.reporting import regression_table
    from rl_training.runs.atomic import write_text

    current = EvaluationReport.load(given.current)
    limits = read_limits(given.limit)
    if given.update_baseline:
        players = read_players(given.model)
        check_limits(current, limits)  # of names only: a baseline may be over its limits
        write_baseline(current, given.baseline, given.training or "", players, limits or None)
        print(f"the baseline is now {given.baseline}: {current.num_episodes} episodes")
        check_it = command("gate", "--current", "report.json", "--baseline", given.baseline)
        print(next_steps(("check a later report", check_it)))
        return 0
    check = regression.check_regression(
        current,
        EvaluationReport.load(given.baseline, "baseline"),
        given.tolerance,
        given.alpha,
        given.only,
        dict(_direction(word) for word in given.direction),
        other_parameters=given.other_parameters,
        limits=limits,
    )
    if given.markdown is not None:
        write_text(given.markdown, regression_table.as_markdown(check))
    if given.junit is not None:
        write_text(given.junit, regression_table.as_junit(check))
    if flags.emit(given.json, check.to_dict(), regression_table.as_text(check)):
        page = ["--metrics", given.current, "--baseline", given.baseline, "--output", "report.md"]
        print(next_steps(("look closer", command("report", *page))))
    return 0 if check.passed else 1


def _direction(word: str) -> tuple[str, Direction]:
    name, _, way = word.partition("=")
    if way not in _DIRECTIONS:
        raise ConfigError(
            f"--direction: NAME=higher, NAME=lower or NAME=either was expected; found {word!r}"
        )
    return name, _DIRECTIONS[way]
