"""Who can be rated: models, random actions, and what drives in the game itself.

The command makes them of its words, ladders of their files. Nothing here opens a model or knows an
engine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rl_training.errors import ModelError, UsageError, nearest
from rl_training.play.players import GAME, RANDOM
from rl_training.scenarios import MatchRules

Kind = Literal["model", "random", "driver"]
_NAME = re.compile(r"[\w.+-]+")


@dataclass(frozen=True)
class Contestant:
    """One who is rated.

    Attributes:
        name: unlike all others'.
        kind: a model's file, random actions, or the game's own control.
        model: its file; None: of another kind.
        sha256: of the file; empty: none.
        driver: number that chooses the game's control; None: it has one, or of another kind.
    """

    name: str
    kind: Kind
    model: Path | None = None
    sha256: str = ""
    driver: float | None = None

    def parameters(self, rules: MatchRules, group: str) -> dict[str, float]:
        """Return the environment parameters that let it play a group."""
        if self.driver is None:
            return {}
        return {rules.driver_parameter.format(group=group): self.driver}


def read_contestants(words: Sequence[str], rules: MatchRules) -> tuple[Contestant, ...]:
    """Read players as they are given to the command.

    Args:
        words: each `PATH` or `NAME=PATH` of a .zip or .onnx, "random", "game", or a driver of the
            scenario.
        rules: the scenario's.

    Raises:
        UsageError: a word is none of these, or two have one name.
        ModelError: there is no such file.
    """
    found: dict[str, Contestant] = {}
    for word in words:
        one = _contestant(word, rules)
        if one.name in found:
            raise UsageError(
                f"two players are called {one.name!r}: give one another name, NAME=PATH"
            )
        found[one.name] = one
    return tuple(found.values())


def model_contestant(name: str, path: Path) -> Contestant:
    """Return the player of a model's file.

    Raises:
        ModelError: there is none, or it is of another kind.
    """
    if path.suffix not in (".zip", ".onnx"):
        raise ModelError(f"{path} must end in .zip or .onnx")
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    return Contestant(name, "model", path, hashlib.sha256(path.read_bytes()).hexdigest())


def _contestant(word: str, rules: MatchRules) -> Contestant:
    if word == str(RANDOM):
        return Contestant(word, "random")
    if word in rules.drivers:
        return Contestant(word, "driver", driver=rules.drivers[word])
    if word == GAME and not rules.drivers:
        return Contestant(word, "driver")
    name, equals, file = word.partition("=")
    if not equals or Path(word).exists():
        name, file = Path(word).stem, word
    if Path(file).suffix not in (".zip", ".onnx"):
        known = [str(RANDOM), *(rules.drivers or (GAME,))]
        raise UsageError(
            f"a player is {', '.join(known)}, PATH or NAME=PATH of a .zip or .onnx; found "
            f"{word!r}.{nearest(word, known)}"
        )
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a player's name takes letters, digits, '.', '_', '+' and '-'; found {name!r}"
        )
    if name in known_names(rules):
        raise UsageError(f"{name!r} is a player of the game: give {file} another name, NAME=PATH")
    return model_contestant(name, Path(file))


def known_names(rules: MatchRules) -> Mapping[str, float | None]:
    """Return the names that need no file, each with its driver's number."""
    return {str(RANDOM): None, **(rules.drivers or {GAME: None})}
