"""Which episode each world plays next: numbered from a seed, or levels that were asked for.

The numbers are the addon's (`agents/numbering.gd`): world i of N plays the episodes i, i + N,
i + 2 N, ... of the run's seed, so an episode is named by two integers in either twin.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import UsageError
from rl_training.limits import MAX_SEED
from rl_training.scenarios.lunabotics.draws import mix


class Numbering:
    """Gives the seeds of episodes.

    Args:
        n: worlds here.
        seed: of the run, in [0, 2^31).
        first: number of the first world here among all worlds of the run.
        total: worlds of the run; None: those here.

    Raises:
        UsageError: a number is out of range.
    """

    def __init__(self, n: int, seed: int, first: int = 0, total: int | None = None) -> None:
        self._total = n if total is None else total
        if not 0 <= first <= self._total - n:
            raise UsageError(
                f"worlds {first} to {first + n - 1} are not among {self._total}: raise total_worlds"
            )
        self._first = first
        self._count = np.zeros(n, np.int64)
        self._seed = 0
        self._waiting: int | None = self._checked(seed)
        self._levels: dict[int, deque[int]] = {}

    def seed(self, seed: int | None) -> int:
        """Number the episodes of the next `restart` from this seed; None: a random one."""
        chosen = secrets.randbelow(MAX_SEED + 1) if seed is None else int(seed)
        self._waiting = self._checked(chosen)
        return chosen

    def restart(self) -> None:
        """All worlds begin anew: from number 0 when a seed was given, else with the next ones."""
        if self._waiting is not None:
            self._seed, self._waiting = self._waiting, None
            self._count[:] = 0

    def order_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Choose the seeds of the next episodes of some worlds; empty: numbered ones again.

        Raises:
            UsageError: there is no such world, or a level is out of range.
        """
        if not levels:
            self._levels.clear()
        for world, seeds in levels.items():
            if not 0 <= world < len(self._count):
                raise UsageError(f"there is no world {world}: they are 0 to {len(self._count) - 1}")
            self._levels[world] = deque(self._checked(each) for each in seeds)

    def take(self, worlds: NDArray[np.intp]) -> NDArray[np.uint32]:
        """Return the seeds of the next episodes of some worlds (m,)."""
        numbers = self._count[worlds] * self._total + self._first + worlds
        self._count[worlds] += 1
        seeds = mix(np.uint32(self._seed), (numbers & 0xFFFFFFFF).astype(np.uint32))
        for world in [each for each in self._levels if self._levels[each]]:
            place = np.flatnonzero(worlds == world)
            if len(place):
                seeds[place[0]] = self._levels[world].popleft()
                # A level is played in place of a numbered episode, which comes later.
                self._count[world] -= 1
        return seeds

    def episode(self, world: int) -> int:
        """Return the number, from 0, of the episode that a world plays."""
        return int(self._count[world] - 1) * self._total + self._first + world

    @staticmethod
    def _checked(seed: int) -> int:
        if not 0 <= int(seed) <= MAX_SEED:
            raise UsageError(f"seed is {seed}, expected a whole number from 0 to {MAX_SEED}")
        return int(seed)
