"""The flags that say which game is played, by how many engines; and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.project_files import NO_PROJECT

DEFAULT_SCENARIO = "vr_locomotion"
GAME = ("env_path", "project_path", "scene_path")


def add_game_flags(parser: Parser, scenario: str | None = None) -> None:
    """Add scenario and game.

    Args:
        parser: of the command.
        scenario: the default; None: `DEFAULT_SCENARIO`, or "custom" with another game.
    """
    flags.add(
        parser,
        "scenario",
        default=scenario,
        help="what is played (rl_training/scenarios)"
        + ("" if scenario else f"; {DEFAULT_SCENARIO}, or {NO_PROJECT} with a game of yours"),
    )
    flags.add(parser, *GAME)


def chosen_scenario(values: Mapping[str, Any]) -> str:
    """Return the scenario: the one given, else what fits the game that was given."""
    if values.get("scenario"):
        return str(values["scenario"])
    return NO_PROJECT if values.get("project_path") or values.get("env_path") else DEFAULT_SCENARIO


def game_words(scenario: str, values: Mapping[str, Any]) -> list[str]:
    """Return the words of a command that plays the same game again."""
    words = ["--scenario", scenario]
    for name in GAME:
        if values.get(name):
            words += [f"--{name}", str(values[name])]
    return words


def scenario_in(argv: Sequence[str]) -> str:
    """Return the default scenario of flags that are not parsed yet, by the game they name."""
    names = {word.partition("=")[0].replace("-", "_") for word in argv if word.startswith("--")}
    other = names & {"__project_path", "__env_path", "__project"}
    return NO_PROJECT if other else DEFAULT_SCENARIO
