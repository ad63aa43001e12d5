"""The last decisions of all agents, time by time, from which an agent's episode is taken.

Called by `collector`. Arrays of many decisions are made at once, so that a decision costs a few
copies, however many agents there are. Knows no environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_BLOCK = 64


class StepLog:
    """Decisions of n agents by their time, from 0; older ones are dropped on demand.

    Args:
        observations: key to (n, ...), as an environment gives them.
        actions: (n, ...), as they are recorded.
    """

    def __init__(self, observations: Mapping[str, Array], actions: Array) -> None:
        self._like = {f"observations/{key}": array for key, array in observations.items()}
        self._like["actions"] = actions
        self._like["rewards"] = np.zeros(len(actions), np.float64)
        self._blocks: dict[int, dict[str, Array]] = {}
        self.time = 0
        """Of the next decision."""

    def add(self, observations: Mapping[str, Array], actions: Array, rewards: NDArray[Any]) -> None:
        """Take a decision of all agents: what they saw, did and got."""
        number, row = divmod(self.time, _BLOCK)
        block = self._blocks.get(number)
        if block is None:
            block = {name: np.empty((_BLOCK, *a.shape), a.dtype) for name, a in self._like.items()}
            self._blocks[number] = block
        for key, array in observations.items():
            block[f"observations/{key}"][row] = array
        block["actions"][row] = actions
        block["rewards"][row] = rewards
        self.time += 1

    def taken(self, agent: int, start: int) -> dict[str, Array]:
        """Return an agent's decisions from `start` to the last one, name to (T, ...), as copies."""
        first, last = start // _BLOCK, (self.time - 1) // _BLOCK
        found: dict[str, Array] = {}
        for name in self._like:
            parts = []
            for number in range(first, last + 1):
                at = number * _BLOCK
                rows = slice(max(0, start - at), min(_BLOCK, self.time - at))
                parts.append(self._blocks[number][name][rows, agent])
            found[name] = np.concatenate(parts)
        return found

    def forget(self, before: int) -> None:
        """Drop what no episode that began at `before` or later needs."""
        for number in [each for each in self._blocks if (each + 1) * _BLOCK <= before]:
            del self._blocks[number]
