"""Play a model on fixed episodes and write the JSON report; --in_engine plays without Python."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import (
    action_words,
    add_actions_flag,
    add_cluster_flags,
    add_model_flag,
    add_playing_flags,
    parameter_words,
    take_cluster,
    take_request,
)
from rl_training.commands.game_flags import game_words
from rl_training.commands.like_report import (
    add_like_flag,
    defaults_of,
    players_of,
    report_in,
    words_of,
)
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import UsageError
from rl_training.evaluation.request import SIMULATORS, EvaluationRequest
from rl_training.play.players import read_players


class Outputs(NamedTuple):
    """Files that are wanted; None: they are not.

    Attributes:
        report: the JSON report.
        junit: JUnit XML.
        json: see `flags.emit`.
        heat_maps: keep where agents were, beside the report.
    """

    report: Path | None = None
    junit: Path | None = None
    json: Path | None = None
    heat_maps: bool = False


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, evaluate, write the report and print its summary."""
    configure_logging()
    request, outputs = parse(argv)

    from rl_training.evaluation.evaluate import evaluate
    from rl_training.play.places import Places, beside
    from rl_training.project_setup.agent_scenes import naming_agent_scenes
    from rl_training.reporting.report_junit import as_junit
    from rl_training.reporting.report_text import summary
    from rl_training.runs.atomic import write_text
    from rl_training.runs.progress import Progress

    progress = Progress(request.episodes, unit="episode")
    places = Places() if outputs.heat_maps else None
    with naming_agent_scenes(request.project_path, request.scene_path):
        report = evaluate(request, on_count=progress.update, places=places)
    progress.update(request.episodes)
    progress.close()
    if outputs.report is not None:
        report.save(outputs.report)
        if places is not None:
            places.save(beside(outputs.report))
    if outputs.junit is not None:
        write_text(outputs.junit, as_junit(report))
    if flags.emit(outputs.json, report.to_dict(), summary(report)):
        print(_next(request, outputs.report))
    return 0


def parse(argv: list[str] | None) -> tuple[EvaluationRequest, Outputs]:
    """Turn flags into what is evaluated, and the files that are wanted.

    Raises:
        HarnessError: a value is out of range.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(__doc__ or "")
    like = report_in(argv)
    add_model_flag(parser, required=like is None)
    add_like_flag(parser)
    flags.add(parser, "output", metavar="JSON", help="where the report goes")
    flags.add(parser, "junit", help="write JUnit XML too: an episode is a test case")
    flags.add(parser, "json")
    parser.add_argument(
        "--in_engine",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="the engine plays alone",
    )
    parser.add_argument("--record", type=Path, metavar="DIR", help="record every episode there")
    parser.add_argument(
        "--performance",
        action="store_true",
        help="measure the game's ticks, frames and memory, in one engine with one arena",
    )
    parser.add_argument(
        "--simulator",
        choices=SIMULATORS,
        default=SIMULATORS[0],
        help="who simulates: NumPy worlds, or the game in Godot (default: NumPy worlds where the "
        "scenario has them and no game, window or engine is asked for)",
    )
    parser.add_argument(
        "--heat_maps",
        action="store_true",
        help="keep where agents were and touched things; `report` draws it",
    )
    add_actions_flag(parser)
    add_playing_flags(parser, episodes=100)
    add_cluster_flags(parser)
    if like is not None:
        parser.set_defaults(**defaults_of(like))
    values = vars(parser.parse_args(argv))
    path = values.pop("like")
    outputs = Outputs(*(values.pop(name) for name in ("output", "junit", "json", "heat_maps")))
    if outputs.heat_maps and outputs.report is None:
        raise UsageError("--heat_maps needs --output: they are kept beside the report")
    model = values.pop("model")
    if like is not None:
        # Of two words for one name the later counts.
        values["parameter"] = [*words_of(like.parameters), *(values["parameter"] or ())]
    players = players_of(like, path) if like is not None and not model else read_players(model)
    names = ("in_engine", "record", "performance", "actions", "simulator")
    more = {name: values.pop(name) for name in names}
    cluster = take_cluster(values)
    return take_request(values, players, cluster=cluster, **more), outputs


def _next(request: EvaluationRequest, output: Path | None) -> str:
    """Return where the report is and what can be done with it."""
    given = {name: getattr(request, name) for name in ("env_path", "project_path", "scene_path")}
    game = game_words(request.scenario, given)
    model = request.players.words()
    game += parameter_words(request.parameters) + action_words(request.actions)
    if output is None:
        again = command("evaluate", *model, *game, "--output", "report.json")
        return next_steps(("keep the report", again))
    page = command("report", "--metrics", output, "--output", output.with_suffix(".md"))
    gate = command("gate", "--current", output, "--baseline", "baseline.json", "--update_baseline")
    lines = f"report: {output}\n"
    return lines + next_steps(
        ("page", page),
        ("make it the baseline", gate),
        ("watch it", command("play", *model, *game)),
    )
