"""The levels that a sampler knows: what came of each, and their scores; nothing of how to choose.

Called by `samplers`. Everything about a level stands at its place in equally long arrays, so that
thousands of levels cost microseconds.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_COLUMNS: dict[str, type] = {
    "levels": np.int64,
    "successes": np.float64,
    "outcomes": np.float64,
    "counted_at": np.float64,
    "scores": np.float64,
    "played_at": np.float64,
}


@dataclass(frozen=True)
class Played:
    """One agent's episode of a level.

    Attributes:
        level: which.
        success: as the scene says; None when it does not.
        score: its estimate of regret; None where nobody asks for one.
    """

    level: int
    success: bool | None = None
    score: float | None = None


class KnownLevels:
    """At most `capacity` levels.

    Args:
        capacity: see above.
        half_life: timesteps after which an outcome counts half.
    """

    def __init__(self, capacity: int, half_life: float) -> None:
        self.capacity = capacity
        self._half_life = half_life
        self._count = 0
        # Grows as levels come: a large capacity costs nothing before they are there.
        self._columns: dict[str, NDArray[Any]] = {
            name: np.zeros(0, kind) for name, kind in _COLUMNS.items()
        }
        self._place: dict[int, int] = {}

    def __len__(self) -> int:
        return self._count

    def __contains__(self, level: int) -> bool:
        return level in self._place

    @property
    def is_full(self) -> bool:
        """No further level fits without another's place."""
        return self._count >= self.capacity

    @property
    def levels(self) -> Places:
        """(n,) int64: the levels."""
        return self._columns["levels"][: self._count]

    @property
    def scores(self) -> Floats:
        """(n,) float64: as they were set last; may be written."""
        return self._columns["scores"][: self._count]

    @property
    def played_at(self) -> Floats:
        """(n,) float64: number of the run's episode in which each was played last."""
        return self._columns["played_at"][: self._count]

    def place(self, level: int) -> int:
        """Return where a known level stands."""
        return self._place[level]

    def outcomes(self, now: float) -> tuple[Floats, Floats]:
        """Return the faded counts of successes and of all outcomes: (n,) each.

        Args:
            now: timesteps of the run.
        """
        at = self._columns["counted_at"][: self._count]
        faded = self.faded(now - at)
        return (
            self._columns["successes"][: self._count] * faded,
            self._columns["outcomes"][: self._count] * faded,
        )

    def outcomes_at(self, place: int, now: float) -> tuple[float, float]:
        """Return the same of one level."""
        columns = self._columns
        faded = float(self.faded(now - columns["counted_at"][place]))
        return columns["successes"][place] * faded, columns["outcomes"][place] * faded

    def count(self, place: int, success: bool, now: float) -> None:
        """Add an outcome to a level's counts."""
        columns = self._columns
        successes, outcomes = self.outcomes_at(place, now)
        columns["successes"][place] = successes + float(success)
        columns["outcomes"][place] = outcomes + 1.0
        columns["counted_at"][place] = now

    def faded(self, timesteps: Any) -> Any:
        """Return what is left of an outcome after so many timesteps, in (0, 1]."""
        return 0.5 ** (timesteps / self._half_life)

    def add(self, level: int, place: int | None = None) -> int:
        """Add a level and return its place.

        Args:
            level: that is not known.
            place: of a level that it drives out; None: it needs none.
        """
        if place is None:
            place = self._count
            self._count += 1
            self._grow()
        else:
            del self._place[int(self._columns["levels"][place])]
        for column in self._columns.values():
            column[place] = 0
        self._columns["levels"][place] = level
        self._place[level] = place
        return place

    def state(self) -> dict[str, str]:
        """Return all of it as JSON, to the bit."""
        return {
            name: base64.b64encode(column[: self._count].tobytes()).decode("ascii")
            for name, column in self._columns.items()
        }

    def restore(self, state: Mapping[str, str]) -> None:
        """Take over what `state` gave.

        Raises:
            ValueError: it is damaged.
        """
        columns = {
            name: np.frombuffer(base64.b64decode(state[name]), kind).copy()
            for name, kind in _COLUMNS.items()
        }
        if len({len(column) for column in columns.values()}) != 1:
            raise ValueError("the levels' columns are not equally long")
        self._columns = columns
        self._count = len(columns["levels"])
        self._place = {int(level): place for place, level in enumerate(columns["levels"])}

    def _grow(self) -> None:
        if self._count > len(self._columns["levels"]):
            room = min(self.capacity, max(256, 2 * self._count))
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate(
                    [column, np.zeros(room - len(column), column.dtype)]
                )
