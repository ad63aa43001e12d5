"""Ways to play: what the next episode of an arena is, and who plays it.

The explorer asks for a plan before each episode. `random` and `policy` play new levels from their
beginning; `search` returns to cells of few levels; `mixture` does all of them in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from rl_training.exploration.archive import Archive, Cell
from rl_training.exploration.trail import Trail

Way = Literal["random", "policy", "search", "mixture"]
WAYS: tuple[Way, ...] = ("random", "policy", "search", "mixture")

BURST = 40
"""Decisions after a return, or after the last new cell, before another cell is chosen."""
_FROM_THE_START = 0.1  # share of a search's episodes that begin at the beginning


@dataclass(frozen=True, eq=False)
class Plan:
    """One episode of an arena.

    Attributes:
        way: told in the report: "random", "policy 0", "search", "search, then policy 0".
        level: that is played.
        player: number of the player that acts, once the cell is reached.
        cell: that is returned to first; None: play from the beginning.
        trail: that leads there, as it was known when this was planned.
        digest: of what was observed there.
        burst: decisions without a new cell after which the episode is cut off; 0: never.
    """

    way: str
    level: int
    player: int
    cell: Cell | None = None
    trail: Trail | None = None
    digest: int = 0
    burst: int = 0


class Strategy(Protocol):
    """Plans episodes."""

    def plan(self) -> Plan:
        """Return the next one."""
        ...


class FromTheStart:
    """One player plays one new level after the other to its end.

    Args:
        way: its name.
        player: its number.
        level: returns the next level.
    """

    def __init__(self, way: str, player: int, level: Callable[[], int]) -> None:
        self._way = way
        self._player = player
        self._level = level

    def plan(self) -> Plan:
        """See `Strategy`."""
        return Plan(self._way, self._level(), self._player)


class Search:
    """Returns to a cell that was seldom seen and plays on from there.

    Args:
        archive: of the cells.
        rng: what it draws from.
        level: returns the next level to begin at its beginning.
        player: who plays on.
        burst: decisions after a return, >= 1.
        way: its name.
    """

    def __init__(
        self,
        archive: Archive,
        rng: np.random.Generator,
        level: Callable[[], int],
        player: int = 0,
        burst: int = BURST,
        way: str = "search",
    ) -> None:
        self._archive = archive
        self._rng = rng
        self._level = level
        self._player = player
        self._burst = burst
        self._way = way

    def plan(self) -> Plan:
        """See `Strategy`."""
        fresh = self._rng.random() < _FROM_THE_START
        cell = None if fresh else self._archive.choose(self._rng)
        if cell is None:
            return Plan(self._way, self._level(), self._player, burst=self._burst)
        trail = cell.trail
        return Plan(self._way, trail.level, self._player, cell, trail, cell.digest, self._burst)


class Mixture:
    """Takes one of several ways in turn.

    Args:
        ways: at least one.
    """

    def __init__(self, ways: Sequence[Strategy]) -> None:
        self._ways = list(ways)
        self._next = 0

    def plan(self) -> Plan:
        """See `Strategy`."""
        chosen = self._ways[self._next % len(self._ways)]
        self._next += 1
        return chosen.plan()
