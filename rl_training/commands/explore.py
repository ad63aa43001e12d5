"""Play a game to find what is wrong with it, and write a report of findings with replays.

Works on any scene with agents, also one that knows nothing of findings: errors and warnings of the
engine, crashes, hangs, NaN, agents that are stuck or out of the world, episodes without an end and
slow ticks are found from outside. What the scene reports itself (RLFindings) comes on top.

Exit code 0: nothing new was found; 1: something that --known does not list; 2: wrong use.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_cluster_flags, take_cluster
from rl_training.commands.game_flags import GAME, add_game_flags, chosen_scenario, game_words
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.config.assignments import read_parameters
from rl_training.play.players import Players, read_players, split_word
from rl_training.project_files import chosen_project, chosen_scene
from rl_training.scenarios import get_scenario

if TYPE_CHECKING:
    from rl_training.config.sections import ClusterSettings
    from rl_training.exploration.explorer import Exploration, OnProgress
    from rl_training.exploration.findings import Finding
    from rl_training.exploration.report import ExplorationReport
    from rl_training.exploration.request import ExplorationRequest
    from rl_training.exploration.strategy import Way

_log = logging.getLogger(__name__)

WAYS = ("random", "policy", "search", "mixture")
CELLS = ("auto", "scene", "place", "observation")
REPORT = "report.json"
_MOST_RESTARTS = 1000
_SHOWN = 12


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, explore, confirm, write the report, print what is new."""
    configure_logging(repeat=False)
    parser = _parser()
    values = vars(parser.parse_args(argv))
    # Shown as findings, with the decision in which they came.
    logging.getLogger("rl_training.envs.engine_logs").setLevel(logging.ERROR)

    from rl_training.exploration.report import make_report, read_known
    from rl_training.exploration.verdicts import confirm_findings
    from rl_training.reporting.document import save_html, save_markdown
    from rl_training.reporting.exploration_page import page
    from rl_training.runs.progress import Progress

    known = frozenset() if values["known"] is None else read_known(values["known"])
    cluster = take_cluster(values)
    request = take_request(values)
    folder: Path = values["output"]
    progress: list[Progress] = []  # it counts from the first decision, after the calibration

    def show(done: int, _findings: int) -> None:
        if not progress:
            progress.append(Progress(request.decisions, unit="decision"))
        progress[0].update(min(done, request.decisions))

    exploration = _explored(cluster, request, show)
    for each in progress:
        each.close()
    confirm_findings(exploration, folder / "replays", _told)
    report = make_report(exploration, folder, known)
    report.save(folder / REPORT)
    words = game_words(chosen_scenario(values), values)
    blocks = page(report, words)
    save_markdown(blocks, folder / "report.md")
    save_html(blocks, folder / "report.html")
    if flags.emit(values["json"], report.model_dump(mode="json"), summary(report)):
        print(_next(report, folder, words))
    return 1 if report.new else 0


def _explored(
    cluster: ClusterSettings | None, request: ExplorationRequest, show: OnProgress
) -> Exploration:
    """Explore here, or on a cluster."""
    if cluster is None:
        from rl_training.exploration.explorer import explore

        return explore(request, show)
    from rl_training.exploration.on_cluster import explore_on_cluster

    return explore_on_cluster(cluster, request, show)


def _told(finding: Finding) -> None:
    again = "seen again" if finding.confirmed else f"not confirmed: {finding.note}"
    _log.info("%s: %s", finding.id, again)


def summary(report: ExplorationReport) -> str:
    """Return what was found, as text."""
    known = len(report.findings) - len(report.new)
    episodes = sum(report.episodes.values())
    jobs = f" of {len(report.jobs)} jobs" if report.jobs else ""
    lines = [
        f"{report.decisions} decisions{jobs}, {episodes} episodes, {report.coverage.cells} cells "
        f"({report.coverage.source}), {report.seconds:.0f} s",
        f"found: {len(report.new)} new, {known} known, {len(report.unconfirmed)} not confirmed",
    ]
    for row in report.findings[:_SHOWN]:
        mark = "known" if row.known else "NEW"
        again = {True: "seen again", False: "not seen again", None: "not played again"}
        job = f" of job {row.job}" if report.jobs else ""
        lines.append(
            f"  {mark} {row.id}: {row.message} (first at decision {row.first_step}{job}, "
            f"{row.episodes} episodes, {again[row.confirmed]})"
        )
    if len(report.findings) > _SHOWN:
        lines.append(f"  and {len(report.findings) - _SHOWN} more")
    if report.returns.tried:
        lines.append(f"returns to states: {report.returns.exact} of {report.returns.tried} exact")
    if report.calibration.repeats is False:
        lines.append(f"the game does not repeat: {report.calibration.first_difference}")
    lines += [f"note: {note}" for note in (*report.notes, report.stopped) if note]
    return "\n".join(lines)


def take_request(values: Mapping[str, Any]) -> ExplorationRequest:
    """Turn flags into what is explored.

    Raises:
        HarnessError: a value is out of range, or there is no such scenario.
    """
    from rl_training.envs.settings import EnvSettings
    from rl_training.exploration.limits import Limits
    from rl_training.exploration.request import ExplorationRequest

    scenario = get_scenario(chosen_scenario(values))
    project = chosen_project(values["project_path"], values["env_path"])
    game = EnvSettings(
        env_path=values["env_path"],
        project_path=project,
        scene_path=chosen_scene(values["scene_path"], project, scenario.scene_path),
        num_envs=values["num_envs"] or 1,
        arenas=values["arenas"] or 8,
        isolation="worlds",
        port=values["port"] or 0,
        port_strict=bool(values["port"]),
        action_repeat=scenario.action_repeat,
        seed=values["seed"],
        timeout_s=values["timeout_s"],
        godot=values["godot"],
        max_restarts=_MOST_RESTARTS,
    )
    policies = read_policies(values["model"] or ())
    way: Way = values["way"] or ("mixture" if policies else "search")
    return ExplorationRequest(
        game=game,
        name=scenario.name,
        way=way,
        policies=policies,
        decisions=values["decisions"],
        minutes=values["minutes"],
        seed=values["seed"],
        levels=values["levels"],
        hold=values["hold"],
        noise=values["noise"],
        burst=values["burst"],
        cells=None if values["cells"] == "auto" else values["cells"],
        parameters=read_parameters(values["parameter"] or ()),
        limits=Limits(
            budget_ms=values["budget_ms"],
            slow_ms=values["budget_ms"],
            stuck_decisions=values["stuck_decisions"],
            longest=values["longest"],
            warnings=values["warnings"],
        ),
        confirm=values["confirm"],
    )


def read_policies(words: Sequence[str]) -> tuple[Players, ...]:
    """Read the values of `--model`: each PATH is a policy that plays all agents.

    Values `GROUP=PATH` are one policy together, with a model for each group.

    Raises:
        UsageError: a value cannot be read.
    """
    named = [word for word in words if split_word(word)[0]]
    alone = [read_players([word]) for word in words if word not in named]
    return (*alone, *([read_players(named)] if named else []))


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add_game_flags(parser)
    add("--way", choices=WAYS, help="how it is played: search, or mixture with a --model")
    add(
        "--model",
        action="append",
        metavar="[GROUP=]PATH",
        help="a policy: .zip or .onnx; may be repeated, each plays in turn",
    )
    add("--decisions", type=int, default=20_000, metavar="N", help="of all arenas together")
    add("--minutes", type=float, default=0.0, metavar="M", help="stop after so long; 0: no limit")
    add("--output", type=Path, default=Path("exploration"), metavar="DIR", help="of the report")
    add("--known", type=Path, metavar="FILE", help="a report, or ids or kinds, one a line")
    add("--levels", type=int, default=0, metavar="N", help="play N levels only; 0: many")
    add("--hold", type=float, metavar="P", help="probability of holding a random action")
    add("--noise", type=float, default=0.0, metavar="P", help="random actions beside a policy's")
    add("--burst", type=int, default=40, metavar="N", help="decisions after a return to a cell")
    add("--cells", choices=CELLS, default="auto", help="what tells states apart")
    add("--budget_ms", type=float, default=11.11, metavar="MS", help="of a tick; 0: not timed")
    add("--stuck_decisions", type=int, default=60, metavar="N", help="in one place: stuck")
    add("--longest", type=int, default=20_000, metavar="N", help="decisions of an episode; 0: any")
    add(
        "--warnings",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="the engine's warnings are findings",
    )
    add("--confirm", type=int, default=20, metavar="N", help="findings that are played again")
    flags.add(parser, "seed", default=0)
    flags.add(parser, "parameter", "num_envs")
    flags.add(parser, "arenas", help="copies of the scene in each engine; 8 if absent")
    flags.add(parser, "port", "godot", "json")
    flags.add(parser, "timeout_s", default=30.0)
    add_cluster_flags(parser)
    return parser


def _next(report: ExplorationReport, folder: Path, game: Sequence[str]) -> str:
    steps = [("read it", f"{folder / 'report.html'}")]
    shown = next((row for row in report.new if row.replay), None)
    if shown is not None:
        names = [word for word in game if word not in ("--scenario", game[1])]
        assert all(f"--{name}" for name in GAME)
        steps.append(("see it again", command("replay", folder / shown.replay, *names, "--viz")))
    if report.new:
        steps.append(("accept these", command("explore", *game, "--known", folder / REPORT)))
    return next_steps(*steps)
