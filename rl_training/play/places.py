"""Where players touched the ball and where they were, over all episodes; for heat maps.

All players attack the same way: the second group's places are turned by half a circle. Kept in a
file of its own beside the ratings or the report, since it is large and nothing is computed from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import UsageError
from rl_training.runs.atomic import write_text

Points = NDArray[np.float32]


class Places:
    """Places of each player, kind by kind."""

    def __init__(self) -> None:
        self._flat: dict[str, dict[str, list[float]]] = {}

    def add(self, player: str, told: Mapping[str, Sequence[float]], *, turned: bool) -> None:
        """Add what an agent of a player told.

        Args:
            player: its name.
            told: kind to flat x, z, x, z, ..., m.
            turned: it is of the second group.
        """
        sign = -1.0 if turned else 1.0
        own = self._flat.setdefault(player, {})
        for kind, flat in told.items():
            own.setdefault(kind, []).extend(round(sign * value, 1) for value in flat)

    @property
    def players(self) -> tuple[str, ...]:
        """Names of the players of whom places are known."""
        return tuple(self._flat)

    def of(self, player: str, kind: str) -> Points:
        """Return a player's places: (n, 2) of x and z, m."""
        flat = self._flat.get(player, {}).get(kind, [])
        return np.array(flat, np.float32).reshape(-1, 2)

    def save(self, path: Path) -> None:
        """Write them.

        Raises:
            StorageError: the file cannot be written.
        """
        write_text(path, json.dumps(self._flat, separators=(",", ":")) + "\n")

    @classmethod
    def load(cls, path: Path) -> Places:
        """Read them; none where there is no file.

        Raises:
            UsageError: the file holds something else.
        """
        found = cls()
        if path.is_file():
            try:
                data: Mapping[str, Mapping[str, list[float]]] = json.loads(path.read_text("utf-8"))
                for player, kinds in data.items():
                    found._flat[player] = {
                        kind: [float(value) for value in flat] for kind, flat in kinds.items()
                    }
            except (ValueError, TypeError, AttributeError) as error:
                raise UsageError(f"{path} holds no places: {error}") from error
        return found


def beside(results: Path) -> Path:
    """Return the file of places that belongs to a file of ratings, or to a report."""
    return results.with_name(f"{results.stem}.places.json")
