"""Write a page on an evaluation, or on several scenarios: Markdown with pictures, and HTML.

With several reports in --metrics the page begins with a table of all of them. --baseline is then a
folder: NAME_baseline.json belongs to scenario NAME. {scenario} in --experiment_name stands for the
scenario's name. A report.json in the folder `explore` beside a report is what `explore` found.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import UsageError
from rl_training.gate.limits import DEFAULT_ALPHA, DEFAULT_TOLERANCE
from rl_training.gate.thresholds import read_thresholds

if TYPE_CHECKING:
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.gate.regression import RegressionCheck
    from rl_training.gate.training_check import TrainingCheck
    from rl_training.reporting.document import Block
    from rl_training.reporting.suite_page import Member
    from rl_training.runs.training_log import TrainingLog

_OF_SCENARIO = "{scenario}"


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read everything, write the pages."""
    configure_logging()
    given = _parser().parse_args(argv)

    from rl_training.reporting.document import save_html, save_markdown
    from rl_training.reporting.report_page import page
    from rl_training.reporting.suite_page import suite_page

    several = len(given.metrics) > 1 or given.all_scenarios
    if several and given.recordings is not None:
        raise UsageError("--recordings goes with one report; of several it is found")
    members = [_member(path, given) for path in given.metrics]
    if several:
        if given.all_scenarios:
            members += _without_report({member.scenario for member in members}, given)
        blocks = suite_page(sorted(members, key=lambda member: member.scenario))
    else:
        (one,) = members
        assert one.report is not None
        maps = _heat_maps(given.metrics[0], one.report)
        blocks = page(one.report, one.baseline, one.check, one.training, one.recordings, maps)
    save_markdown(blocks, given.output)
    print(f"wrote {given.output}")
    if given.html is not None:
        save_html(blocks, given.html)
        print(f"wrote {given.html}")
    return 0


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--metrics",
        type=Path,
        nargs="+",
        required=True,
        metavar="JSON",
        help="reports of `evaluate`; several make one page of all",
    )
    flags.add(parser, "output", required=True, metavar="MD", help="pictures go to a folder beside")
    add("--html", type=Path, metavar="PATH", help="the same as one HTML file")
    flags.add(parser, "baseline", help="report that it is compared with, or their folder")
    flags.add(parser, "tolerance", default=DEFAULT_TOLERANCE)
    flags.add(parser, "alpha", default=DEFAULT_ALPHA)
    add("--only", nargs="+", default=(), metavar="NAME", help="compare only these metrics")
    flags.add(parser, "other_parameters")
    add("--recordings", type=Path, metavar="DIR", help="of its episodes; else where they were")
    flags.add(parser, "experiment_name", help="training run whose curves are shown")
    flags.add(parser, "run_root", "thresholds")
    add(
        "--all_scenarios",
        action="store_true",
        help="one page of all; a scenario without a report is shown as failed",
    )
    return parser


def _heat_maps(path: Path, report: EvaluationReport) -> list[Block]:
    """Return what `evaluate --heat_maps` kept beside a report; empty: nothing."""
    from rl_training.play.places import Places, beside
    from rl_training.reporting.ratings_page import heat_maps
    from rl_training.scenarios import get_scenario

    if not beside(path).is_file():
        return []
    match = get_scenario(report.scenario).match
    if match is None or match.ground is None:
        return []
    places = Places.load(beside(path))
    return heat_maps(places, match.ground, places.players)


def _member(path: Path, given: argparse.Namespace) -> Member:
    """Read all that belongs to one report."""
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.reporting.play_again import find_recordings
    from rl_training.reporting.suite_page import Member, read_explored

    report = EvaluationReport.load(path)
    baseline, check = _compared(report, given)
    explored = path.parent / "explore" / "report.json"
    return Member(
        report.scenario,
        report,
        baseline,
        check,
        _training(report.scenario, given),
        read_explored(explored) if explored.is_file() else None,
        find_recordings(report, given.recordings),
    )


def _compared(
    report: EvaluationReport, given: argparse.Namespace
) -> tuple[EvaluationReport | None, RegressionCheck | None]:
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.gate import regression

    path: Path | None = given.baseline
    if path is not None and path.is_dir():
        path = path / f"{report.scenario}_baseline.json"
        path = path if path.is_file() else None
    if path is None:
        return None, None
    baseline = EvaluationReport.load(path, "baseline")
    check = regression.check_regression(
        report,
        baseline,
        given.tolerance,
        given.alpha,
        given.only,
        other_parameters=given.other_parameters,
    )
    return baseline, check


def _training(scenario: str, given: argparse.Namespace) -> tuple[TrainingLog, TrainingCheck] | None:
    from rl_training.gate.run_check import RunThresholds, check_run
    from rl_training.runs.paths import RunPaths, default_root
    from rl_training.runs.training_log import read_training_log

    if given.experiment_name is None:
        return None
    name = given.experiment_name.replace(_OF_SCENARIO, scenario)
    paths = RunPaths(name, given.run_root or default_root())
    if _OF_SCENARIO in given.experiment_name and not paths.logs.is_dir():
        return None
    log = read_training_log(paths)
    limits = {} if given.thresholds is None else read_thresholds(given.thresholds)
    return log, check_run(log, RunThresholds().replace(limits))


def _without_report(known: set[str], given: argparse.Namespace) -> list[Member]:
    """Return the scenarios of which there is no report, so that none is forgotten in silence."""
    from rl_training.reporting.suite_page import Member
    from rl_training.scenarios import get_scenario, scenario_names

    return [
        Member(name, training=_training(name, given))
        for name in scenario_names()
        if name not in known and get_scenario(name).scene_path is not None
    ]
