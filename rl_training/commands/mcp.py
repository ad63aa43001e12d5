"""Serve a game to language models: a Model Context Protocol server over stdio (docs/mcp.md).

The engine is started at the first call that needs it, or a running one is used (--api_url).
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import parameter_words
from rl_training.commands.game_flags import GAME, add_game_flags, chosen_scenario, game_words
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.config.assignments import read_parameters
from rl_training.errors import UsageError


def main(argv: list[str] | None = None) -> int:
    """Parse the flags and serve until the client ends the connection."""
    configure_logging()
    values = vars(_parser().parse_args(argv))
    try:
        from rl_training.mcp_server.server import make_server
    except ImportError as error:
        raise UsageError(
            f"spacetime-rl mcp needs the package mcp ({error}): pip install 'spacetime-rl[mcp]'"
        ) from error
    from rl_training.mcp_server.game import PlayedGame

    parameters = read_parameters(values["parameter"] or ())
    game = PlayedGame(parameters=parameters, **_source(values))
    with contextlib.closing(game):
        words = game_words(chosen_scenario(values), values) + parameter_words(parameters)
        if values["godot"] is not None:
            words += ["--godot", str(values["godot"])]
        server = make_server(game, words)
        print("spacetime-rl mcp: serving on stdio", file=sys.stderr)
        server.run("stdio")
    return 0


def _source(values: dict[str, Any]) -> dict[str, Any]:
    """Return what the game is played on: a running engine, or settings to start one."""
    if values["api_url"] is not None:
        from rl_training.envs.http_api.client import EngineApi

        return {"api": EngineApi(values["api_url"], values["token"])}
    from rl_training.envs.settings import EnvSettings
    from rl_training.project_files import chosen_scene, project_of
    from rl_training.scenarios import get_scenario

    scenario = get_scenario(chosen_scenario(values))
    game = {name: values[name] for name in GAME}
    game["project_path"] = project_of(scenario.name, game["project_path"], game["env_path"])
    game["scene_path"] = chosen_scene(game["scene_path"], game["project_path"], scenario.scene_path)
    settings = EnvSettings(
        **game,
        arenas=1,
        action_repeat=scenario.action_repeat,
        seed=values["seed"],
        screen=values["screen"],
        show_window=values["screen"] == "window",
        godot=values["godot"],
        timeout_s=values["timeout_s"],
    )
    return {"settings": settings}


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add_game_flags(parser)
    flags.add(parser, "parameter", "godot")
    flags.add(parser, "seed", default=0, help="of the first episode, where no call says another")
    flags.add(parser, "timeout_s", default=60.0, help="longest wait for the engine")
    parser.add_argument(
        "--screen",
        choices=("headless", "virtual", "window"),
        default="headless",
        help="virtual: screenshots without a screen, rendered in software",
    )
    group = parser.add_argument_group("an engine that runs already")
    group.add_argument("--api_url", metavar="URL", help="its HTTP API: http://127.0.0.1:8080")
    group.add_argument("--token", help="of its API; SPACETIME_RL_HTTP_TOKEN if absent")
    return parser
