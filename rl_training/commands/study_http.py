"""Measure the engine's HTTP API: how fast it answers, and what it costs a training."""

from __future__ import annotations

import json

from rl_training.commands import flags
from rl_training.commands.parser import Parser


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure, and print the figures."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "scenario", help="whose scene is stepped", default="vr_locomotion")
    parser.add_argument("--arenas", type=int, default=16, help="copies of the scene")
    flags.add(parser, "port", help="of the trainer", default=14300)
    parser.add_argument("--http_port", type=int, default=8080, help="of the API")
    parser.add_argument("--decisions", type=int, default=400, help="steps of each turn")
    parser.add_argument("--requests", type=int, default=500, help="timed in each round")
    parser.add_argument("--rounds", type=int, default=5, help="of all kinds, in turns")
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.envs import EnvSettings
    from rl_training.project_files import project_of
    from rl_training.scenarios import get_scenario
    from rl_training.studies.http_api.bench import Plan, measure

    scenario = get_scenario(given.scenario)
    settings = EnvSettings(
        project_path=project_of(scenario.name, None, None), scene_path=scenario.scene_path,
        arenas=given.arenas, action_repeat=scenario.action_repeat, port=given.port,
    )  # fmt: skip
    found = measure(Plan(settings, given.http_port, given.decisions, given.requests, given.rounds))
    flags.emit(given.json, found, json.dumps(found, indent=1))
    return 0
