"""From flags to an `EvaluationRequest` and to `ComparisonOptions`: what plays, where, how often."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.game_flags import GAME, add_game_flags, chosen_scenario
from rl_training.commands.parser import Parser
from rl_training.config.assignments import read_parameters
from rl_training.evaluation.request import (
    ACTIONS,
    DEFAULT_SEED,
    DETERMINISTIC,
    Actions,
    ComparisonOptions,
    EvaluationRequest,
)
from rl_training.play.players import Given, Players

if TYPE_CHECKING:
    from rl_training.config.sections import ClusterSettings

_COMMON = (
    *("scenario", *GAME, "episodes", "seed", "num_envs", "arenas", "godot", "port", "timeout_s"),
)


def add_model_flag(parser: Parser, *, required: bool, more: str = "") -> None:
    """Add `--model`, once for all agents or once for each group; `read_players` reads it."""
    parser.add_argument(
        "--model",
        action="append",
        required=required,
        metavar="[GROUP=]PATH",
        help="the policy: .zip or .onnx; with several groups of agents GROUP=PATH for each, "
        "GROUP=game for the game's own control; random: random actions" + more,
    )


def add_actions_flag(parser: Parser) -> None:
    """Add `--actions`, how policies act."""
    parser.add_argument(
        "--actions",
        choices=ACTIONS,
        default=DETERMINISTIC,
        help="the most probable action, or one drawn from the policy's distribution",
    )


def add_playing_flags(parser: Parser, episodes: int, scenario: str | None = None) -> None:
    """Add which episodes of which game are played, and by how many engines.

    Args:
        parser: of the command.
        episodes: how many by default.
        scenario: the default; None: what fits the game that is given.
    """
    add_game_flags(parser, scenario)
    flags.add(parser, "episodes", default=episodes)
    flags.add(parser, "seed", default=DEFAULT_SEED, help="which episodes")
    flags.add(parser, "parameter", "num_envs", "arenas", "port")
    flags.add(parser, "timeout_s", default=60.0)
    flags.add(parser, "godot")


_CLUSTER = ("backend", "address", "nodes", "engines_per_actor")


def add_cluster_flags(parser: Parser) -> None:
    """Add where the engines are."""
    flags.add(parser, *_CLUSTER)


def take_cluster(values: dict[str, Any]) -> ClusterSettings | None:
    """Take the flags of `add_cluster_flags` out of parsed values; None: this machine.

    Raises:
        ConfigError: they do not fit each other.
    """
    given = {name: value for name in _CLUSTER if (value := values.pop(name)) is not None}
    if not given:
        return None
    from rl_training.config.sections import ClusterSettings  # pydantic: `--help` does without

    cluster = ClusterSettings.from_dict(given, section="cluster")
    return cluster if cluster.backend == "ray" else None


def take_request(values: dict[str, Any], model: Given | Players, **more: Any) -> EvaluationRequest:
    """Take the flags of `add_playing_flags` out of parsed values.

    Args:
        values: by name; those of that function are removed.
        model: what plays.
        more: other attributes of the request.

    Raises:
        HarnessError: a value is out of range.
    """
    request = {name: values.pop(name) for name in _COMMON}
    request["scenario"] = chosen_scenario(request)
    parameters = read_parameters(values.pop("parameter") or ())
    return EvaluationRequest(model=Players.of(model), parameters=parameters, **request, **more)


def parameter_words(parameters: Mapping[str, object]) -> list[str]:
    """Return the words of a command that sets the same parameters, numbers and samplers."""
    return [
        word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")
    ]


def action_words(actions: Actions) -> list[str]:
    """Return the words of a command whose policies act the same way."""
    return [] if actions == DETERMINISTIC else ["--actions", actions]


def add_comparison_flags(parser: Parser) -> None:
    """Add what `compare` and the commands that make smaller models share."""
    parser.add_argument(
        "--play",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="play the scene: actions on its observations, success in the engine",
    )
    flags.add(parser, "samples", default=4096, help="observations on which actions are compared")
    parser.add_argument(
        "--same_action",
        type=float,
        default=0.05,
        metavar="X",
        help="difference of a continuous action that counts as the same",
    )
    parser.renamed("--tolerance", "--same_action")
    flags.add(parser, "json")
    add_playing_flags(parser, episodes=100)


def take_comparison(values: dict[str, Any], model: Given | Players) -> ComparisonOptions:
    """Take the flags of `add_comparison_flags` out of parsed values.

    Args:
        values: by name; those of that function are removed, but for `json`.
        model: the reference.

    Raises:
        HarnessError: a value is out of range.
    """
    play, samples = values.pop("play"), values.pop("samples")
    tolerance = values.pop("same_action")
    return ComparisonOptions(take_request(values, model), play, samples, tolerance)
