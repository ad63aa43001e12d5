"""How to come to a state of the game again: the level that was played, and the actions.

Made by the explorer, kept by the archive and by findings, played by `confirm`. It knows no engine.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import RecordingError

Actions = NDArray[np.float64]
"""(decisions, width): of every decision, the actions of all agents of one arena, in the order of
`World.spans`, in the columns that the environment takes."""


@dataclass(frozen=True, eq=False)
class Trail:
    """A level and what was done in it from its beginning.

    Attributes:
        level: the episode's seed as ordered with `set_levels`, in [0, 2**31).
        actions: (decisions, width) float64.
    """

    level: int
    actions: Actions

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self.actions)

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON: the actions as compressed bytes in base64."""
        packed = zlib.compress(np.ascontiguousarray(self.actions, "<f8").tobytes())
        return {
            "level": self.level,
            "decisions": len(self.actions),
            "width": int(self.actions.shape[1]),
            "actions": base64.b64encode(packed).decode("ascii"),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Trail:
        """Read what `to_dict` made.

        Raises:
            RecordingError: it is damaged.
        """
        try:
            content = zlib.decompress(base64.b64decode(told["actions"]))
            flat = np.frombuffer(content, "<f8").astype(np.float64)
            shape = (int(told["decisions"]), int(told["width"]))
            return cls(int(told["level"]), flat.reshape(shape))
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise RecordingError(f"a finding's actions are damaged: {error}") from error

    def first(self, decisions: int) -> Trail:
        """Return its beginning."""
        return Trail(self.level, self.actions[:decisions])

    def then(self, actions: Actions) -> Trail:
        """Return it with more decisions at its end."""
        return Trail(self.level, np.concatenate([self.actions, actions]))


class Tape:
    """The actions of an episode under way; trails that were taken from it share its memory.

    Args:
        level: that is played.
        width: numbers of one decision.
    """

    def __init__(self, level: int, width: int) -> None:
        self.level = level
        self._actions = np.zeros((64, width))
        self._count = 0

    def __len__(self) -> int:
        """Return the number of decisions."""
        return self._count

    def add(self, action: NDArray[np.float64]) -> None:
        """Take the (width,) action of the next decision."""
        if self._count == len(self._actions):
            self._actions = np.concatenate([self._actions, np.zeros_like(self._actions)])
        self._actions[self._count] = action
        self._count += 1

    def trail(self) -> Trail:
        """Return what was played until now."""
        return Trail(self.level, self._actions[: self._count])
