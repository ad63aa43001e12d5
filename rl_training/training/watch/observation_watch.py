"""The range of every element of the observation, from a sample of what the scene gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_training.runs.hints import ObservationRange

Floats = npt.NDArray[np.float64]


class ObservationWatch:
    """Keeps the smallest and the largest value of each element of vectors; images are left out.

    Args:
        names: observation key to the names of its elements, where the scene gives them.
    """

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self.seen = 0
        self._names = names
        self._low: dict[str, Floats] = {}
        self._high: dict[str, Floats] = {}
        # Largest absolute values when so many had been seen; each entry twice the one before.
        self._largest: list[tuple[int, dict[str, Floats]]] = []

    def see(self, observation: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take in the raw observations of all agents: key to (n_agents, elements)."""
        rows = 0
        for key, array in observation.items():
            if array.ndim != 2:
                continue
            rows = len(array)
            low, high = array.min(axis=0), array.max(axis=0)
            if key in self._low:
                np.minimum(self._low[key], low, out=self._low[key])
                np.maximum(self._high[key], high, out=self._high[key])
            else:
                self._low[key], self._high[key] = low.astype(float), high.astype(float)
        self.seen += rows
        if rows and (not self._largest or self.seen >= 2 * self._largest[-1][0]):
            self._largest.append((self.seen, self._sizes()))

    def ranges(self) -> list[ObservationRange]:
        """Return the range of every element."""
        early = [sizes for seen, sizes in self._largest if seen * 4 <= self.seen]
        first = early[-1] if early else self._sizes()
        return [
            ObservationRange(
                self._name(key, i),
                float(self._low[key][i]),
                float(self._high[key][i]),
                float(first[key][i]),
            )
            for key in self._low
            for i in range(len(self._low[key]))
        ]

    def _sizes(self) -> dict[str, Floats]:
        return {
            key: np.maximum(np.abs(self._low[key]), np.abs(self._high[key])) for key in self._low
        }

    def _name(self, key: str, index: int) -> str:
        # A vector that has no key is what every scene calls "obs".
        names = self._names.get(key or "obs", ())
        return names[index] if index < len(names) else f"{key or 'obs'}[{index}]"
