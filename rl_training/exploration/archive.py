"""The cells that were seen, and how to come back to each: the memory of a Go-Explore-like search.

After "First return, then explore" (Ecoffet et al., 2021, https://arxiv.org/abs/2004.12919): a cell
keeps the shortest trail that led to it, and is chosen the rarer the more often it was seen.
Called by the explorer (`note`) and the search (`choose`). It never plays. `Visited` is what a
report tells of it, without the trails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rl_training.exploration.trail import Trail

MOST_CELLS = 50_000
"""Cells that are kept with a trail; all are counted."""


@dataclass
class Cell:
    """One cell of one level.

    Attributes:
        name: as `CellMap` tells it.
        trail: the shortest that led to it.
        digest: of what was observed there.
        visits: decisions in it.
        chosen: how often it was returned to.
        fruitful: new cells that were found from it.
    """

    name: str
    trail: Trail
    digest: int
    visits: int = 0
    chosen: int = 0
    fruitful: int = 0


class Visited:
    """Which cells were seen, how often, and when first; can be pickled.

    Attributes:
        first_seen: name of a cell to the decisions played until then.
        visits: name of a cell to the decisions in it.
        curve: (decisions, cells), rising.
        ways: level and name of each cell with a known way to it.
    """

    def __init__(self) -> None:
        self.first_seen: dict[str, int] = {}
        self.visits: dict[str, int] = {}
        self.curve: list[tuple[int, int]] = []
        self.ways: frozenset[tuple[int, str]] = frozenset()

    @classmethod
    def merged(cls, parts: Sequence[Visited]) -> Visited:
        """Return what explorations that played beside each other have seen together.

        Args:
            parts: of each; a cell is first seen where one of them was first, and the curve counts
                the cells of all over the decisions of one.
        """
        whole = cls()
        for part in parts:
            for name, count in part.visits.items():
                whole.visits[name] = whole.visits.get(name, 0) + count
            for name, step in part.first_seen.items():
                whole.first_seen[name] = min(step, whole.first_seen.get(name, step))
            whole.ways |= part.ways
        steps = sorted(whole.first_seen.values())
        whole.curve = list({step: cells for cells, step in enumerate(steps, 1)}.items())
        return whole

    def __len__(self) -> int:
        """Return how many cells can be returned to."""
        return len(self.ways)


class Archive(Visited):
    """Cells by level and name, with the way to each."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: dict[tuple[int, str], Cell] = {}
        self._order: list[Cell] = []

    def __len__(self) -> int:
        """Return how many cells can be returned to."""
        return len(self._cells)

    def without_trails(self) -> Visited:
        """Return what was seen, without the ways: these are many and long."""
        seen = Visited()
        seen.first_seen, seen.visits, seen.curve = self.first_seen, self.visits, self.curve
        seen.ways = frozenset(self._cells)
        return seen

    def count(self, names: tuple[str, ...], step: int) -> bool:
        """Count visits of the agents' cells at a step; return whether one is new."""
        is_new = False
        for name in names:
            self.visits[name] = self.visits.get(name, 0) + 1
            if name not in self.first_seen:
                self.first_seen[name] = step
                is_new = True
        if is_new:
            self.curve.append((step, len(self.first_seen)))
        return is_new

    def note(self, name: str, trail: Trail, digest: int, came_from: Cell | None) -> bool:
        """Remember how to come to a cell; return whether it is new in its level."""
        key = (trail.level, name)
        known = self._cells.get(key)
        if known is None:
            if len(self._cells) >= MOST_CELLS:
                return False
            self._cells[key] = cell = Cell(name, trail, digest, visits=1)
            self._order.append(cell)
            if came_from is not None:
                came_from.fruitful += 1
            return True
        known.visits += 1
        if len(trail) < len(known.trail):
            known.trail, known.digest = trail, digest
        return False

    def choose(self, rng: np.random.Generator) -> Cell | None:
        """Choose a cell to return to; None: there is none.

        The weight of a cell is 1 / sqrt(visits + 1), and half as much for each time in turn that it
        was returned to and nothing new was found, down to a sixteenth.
        """
        if not self._order:
            return None
        visits = np.array([cell.visits for cell in self._order], np.float64)
        barren = np.array([cell.chosen - cell.fruitful for cell in self._order], np.float64)
        weights = 0.5 ** np.clip(barren, 0.0, 4.0) / np.sqrt(visits + 1.0)
        cell = self._order[int(rng.choice(len(self._order), p=weights / weights.sum()))]
        cell.chosen += 1
        return cell

    def forget(self, cell: Cell) -> None:
        """Forget how to come to a cell: its trail does not lead there.

        Two arenas may have returned to it: a cell that was found again since then stays.
        """
        key = (cell.trail.level, cell.name)
        if self._cells.get(key) is cell:
            del self._cells[key]
            self._order.remove(cell)
