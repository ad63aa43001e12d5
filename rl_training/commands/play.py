"""Open the game and let a model play it; a line per episode."""

from __future__ import annotations

import argparse

from rl_training.commands.evaluation_flags import (
    action_words,
    add_actions_flag,
    add_model_flag,
    add_playing_flags,
    parameter_words,
    take_request,
)
from rl_training.commands.game_flags import GAME, game_words
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import ModelError, UsageError
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.newest_model import newest_model
from rl_training.play.players import read_players


def main(argv: list[str] | None = None, *, scenario: str | None = None, viz: bool = True) -> int:
    """Parse the flags, play, print the episodes and a summary.

    Args:
        argv: the flags; None: those of the process.
        scenario: the default; None: what fits the game that is given.
        viz: whether a window is shown unless told otherwise.
    """
    configure_logging()
    request = parse(argv, scenario, viz)

    from rl_training.evaluation.evaluate import evaluate
    from rl_training.project_setup.agent_scenes import naming_agent_scenes
    from rl_training.reporting.report_text import episode_line, summary

    print(f"playing {request.players}")
    with naming_agent_scenes(request.project_path, request.scene_path):
        report = evaluate(request, on_episode=lambda one: print(episode_line(one), flush=True))
    print(summary(report))
    model = request.players.words()
    game = game_words(request.scenario, {name: getattr(request, name) for name in GAME})
    game += parameter_words(request.parameters) + action_words(request.actions)
    steps = [("measure it", command("evaluate", *model, *game))]
    if request.players.single is not None:
        ship = command("export", "game", *model, "--output", "build")
        steps.append(("put it into a game", ship))
    print(next_steps(*steps))
    return 0


def parse(argv: list[str] | None, scenario: str | None, viz: bool) -> EvaluationRequest:
    """Turn flags into what is played.

    Raises:
        HarnessError: a value is out of range, or there is no model yet.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(__doc__ or "")
    add_model_flag(parser, required=False, more="; the newest final model if absent")
    parser.add_argument(
        "--human",
        action="append",
        default=None,
        metavar="GROUP",
        help="a person plays these agents, in a window, by the game's own control",
    )
    parser.add_argument(
        "--viz",
        action=argparse.BooleanOptionalAction,
        default=viz,
        help="show the engine's window",
    )
    parser.add_argument("--headless", dest="viz", action="store_false", help="the same as --no-viz")
    parser.add_argument(
        "--in_engine",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="the engine plays alone; so do .onnx files in a window unless told otherwise",
    )
    add_actions_flag(parser)
    add_playing_flags(parser, episodes=10, scenario=scenario)
    values = vars(parser.parse_args(argv))

    humans = values.pop("human") or []
    if humans and not values["viz"]:
        raise UsageError("--human needs the window: leave out --headless")
    players = read_players(values["model"] or _newest(humans)).played_by_game(humans)
    alone = values["in_engine"]
    if alone is None:
        by_models = None not in players.groups.values()
        all_onnx = all(file.suffix == ".onnx" for file in players.files)
        alone = values["viz"] and all_onnx and by_models
    more = {"viz": values["viz"], "in_engine": alone, "actions": values["actions"]}
    return take_request(values, players, **more)


def _newest(humans: list[str]) -> list[str]:
    """Return the newest model; none where there is none and people play: they may play alone."""
    try:
        return [str(newest_model())]
    except ModelError:
        if humans:
            return []
        raise
