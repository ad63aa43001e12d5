"""Rows of an environment that play at random beside a policy that learns; `paid_env` has them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray


class Wanderers:
    """Rows that play at random: an action is drawn and held for a while, as `explore` does it.

    A policy that has found something well paid does it again and again. These rows do not. Where
    chance finds less that is new than the agent, as in a menu, they are of no use: after each
    period there are half as many of them if a decision of theirs brought less news than one of the
    agent's, and twice as many if it brought more. There are never fewer than half as many as at
    first: chance finds what a policy has learned to keep away from.

    Args:
        rows: of the environment, at first.
        space: of their actions.
        seed: of the random numbers.
        hold: probability of keeping the last action, in [0, 1).
        period: decisions of all rows between two looks at who finds more; 0: rows never change.

    Attributes:
        rows: that play at random now. One leaves or joins between two episodes of its own.
    """

    def __init__(
        self,
        rows: Sequence[int],
        space: spaces.Space[Any],
        seed: int = 0,
        hold: float = 0.75,
        period: int = 0,
    ) -> None:
        self.rows = tuple(rows)
        self._most = self._wanted = len(self.rows)
        self._least = (self._most + 1) // 2
        self._period = period
        self._theirs = _Finds()
        self._agents = _Finds()
        self._space = copy.deepcopy(space)
        self._space.seed(seed)
        self._random = np.random.default_rng(seed)
        self._hold = hold
        self._last: dict[int, Any] = {}

    def instead_of(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Return (num_envs, ...) actions with their own in their rows."""
        chosen = np.array(actions)
        for row in self.rows:
            if row not in self._last or self._random.random() >= self._hold:
                self._last[row] = self._space.sample()
            chosen[row] = self._last[row]
        return chosen

    def found(self, news: NDArray[np.float64]) -> None:
        """Note what a decision found.

        Args:
            news: (num_envs,) >= 0, how new it was.
        """
        if not self._period or not self.rows:
            return
        theirs = np.zeros(len(news), np.bool_)
        theirs[list(self.rows)] = True
        self._theirs.add(news[theirs])
        self._agents.add(news[~theirs])
        if self._theirs.decisions + self._agents.decisions >= self._period:
            better = self._theirs.mean > self._agents.mean
            wanted = self._wanted * 2 if better else self._wanted // 2
            self._wanted = min(max(wanted, self._least), self._most)
            self._theirs, self._agents = _Finds(), _Finds()

    def forget(self, row: int) -> None:
        """An episode of a row begins."""
        self._last.pop(row, None)
        if row in self.rows and len(self.rows) > self._wanted:
            self.rows = tuple(each for each in self.rows if each != row)
        elif row not in self.rows and len(self.rows) < self._wanted:
            self.rows = (*self.rows, row)


class _Finds:
    """News of some rows, and in how many decisions."""

    def __init__(self) -> None:
        self.decisions = 0
        self._news = 0.0

    def add(self, news: NDArray[np.float64]) -> None:
        """Count one decision of each row."""
        self.decisions += len(news)
        self._news += float(news.sum())

    @property
    def mean(self) -> float:
        return self._news / max(self.decisions, 1)
