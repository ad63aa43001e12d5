"""Play episodes and keep them as data, with any policy or random actions."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import (
    add_cluster_flags,
    add_playing_flags,
    take_cluster,
    take_request,
)
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.limits import ISOLATIONS

if TYPE_CHECKING:
    from rl_training.evaluation.request import EvaluationRequest


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, collect, say what was kept."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add(
        parser,
        "model",
        default=Path("random"),
        help="the policy: .zip or .onnx; random actions if absent",
    )
    flags.add(parser, "output", required=True, metavar="TRAJ", help="the .traj file to append to")
    parser.add_argument("--resume", action="store_true", help="go on with what --output holds")
    parser.add_argument(
        "--isolation",
        choices=ISOLATIONS,
        default=ISOLATIONS[0],
        help="arenas in one physics space (fast), or each in a world of its own (bit-identical)",
    )
    flags.add(parser, "json")
    add_playing_flags(parser, episodes=100)
    add_cluster_flags(parser)
    values = vars(parser.parse_args(argv))
    output, resume, isolation = (values.pop(each) for each in ("output", "resume", "isolation"))
    json_file, model = values.pop("json"), values.pop("model")
    arenas = values["arenas"]
    request = take_request(values, model, cluster=take_cluster(values))
    collected = _collect(request, output, isolation, arenas, resume=resume)
    text = (
        f"collected {collected['episodes']:,} episodes, {collected['decisions']:,} decisions; "
        f"{collected['decisions_per_second']:,.0f} decisions/s\ndata: {output}"
    )
    if flags.emit(json_file, collected, text):
        picture = output.with_suffix(".png")
        print(
            next_steps(
                ("look at it", command("data", "show", output, "--output", picture)),
                ("learn from it", command("train", "--algorithm", "bc", "--scenario",
                                          request.scenario, "--set",
                                          f"algorithm.demonstrations=[{output}]")),
            )
        )  # fmt: skip
    return 0


def _collect(
    request: EvaluationRequest, output: Path, isolation: str, arenas: int | None, *, resume: bool
) -> dict[str, Any]:
    import time

    from rl_training.data.store import TrajectoryStore
    from rl_training.envs.factory import make_simulation
    from rl_training.evaluation.evaluate import play_settings
    from rl_training.play.collecting.collector import DataCollector
    from rl_training.runs.progress import Progress
    from rl_training.scenarios import get_scenario

    scenario = get_scenario(request.scenario)
    settings = play_settings(request, scenario)
    if settings.twin is None:
        settings = dataclasses.replace(settings, isolation=isolation, arenas=arenas)
    progress = Progress(request.episodes, unit="episode")
    parameters = dict(request.played_parameters)

    def make() -> Any:
        env: Any = make_simulation(settings)
        if parameters:
            env.set_parameters(parameters)
        return env

    kept: dict[str, Any] = {
        "resume": resume,
        "seed": request.seed,
        "meta": {"scenario": scenario.name},
        "on_episode": progress.update,
    }
    if request.cluster is None:
        made = DataCollector(make, output, **kept)
    else:
        from rl_training.play.collecting.on_cluster import ClusterCollector

        made = ClusterCollector(request.cluster, settings, parameters, output, **kept)
    with made as collector:
        try:
            # Engines start before the clock does.
            collector.open()
            began = time.monotonic()
            collector.collect_episodes(request.episodes, request.players.single)
            seconds = time.monotonic() - began
        finally:
            progress.close()
    with TrajectoryStore(output) as store:
        return {
            "episodes": len(store),
            "decisions": sum(store.lengths),
            "seconds": seconds,
            "decisions_per_second": collector.steps / max(seconds, 1e-9),
            "problems": collector.problems,
            "output": str(output),
        }
