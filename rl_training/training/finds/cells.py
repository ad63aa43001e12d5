"""In which coarse state an agent is: what the scene says, else where its body is.

Called by `paid_env`. Explorers measure how far bodies get in a calibration; here what is seen while
training has to do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.cells import NEAR, place_cell, side_of

SAMPLES = 2000
"""Decisions of all agents from which the side of a place's cell is taken."""


class Cells:
    """Names cells.

    Args:
        side: of a place's cell, m or pixels, > 0; None: found from how far bodies get.

    Attributes:
        side: as given, or as found; None: not found yet, so that places have no cells.
    """

    def __init__(self, side: float | None = None) -> None:
        self.side = side
        self._ways: list[float] = []
        self._near: dict[int, deque[NDArray[np.float64]]] = {}

    def of(self, row: int, info: Mapping[str, Any]) -> str:
        """Return an agent's cell after a decision; empty: none is known.

        Args:
            row: of the environment.
            info: of the decision, with `explore` where the engine tells cells and places.
        """
        facts = info.get("explore")
        if not isinstance(facts, Mapping):
            return ""
        if facts.get("cell"):
            return str(facts["cell"])
        if "place" not in facts:
            return ""
        place = np.asarray(facts["place"], np.float64)
        if self.side is None:
            self._measure(row, place)
            return ""
        return place_cell(place, self.side)

    def ended(self, row: int) -> None:
        """An episode of a row has ended: its next place is no way from the last."""
        self._near.pop(row, None)

    def _measure(self, row: int, place: NDArray[np.float64]) -> None:
        near = self._near.setdefault(row, deque(maxlen=NEAR))
        near.append(place)
        if len(near) == NEAR:
            way = float(np.linalg.norm(np.asarray(near) - place, axis=1).max())
            self._ways.append(way)
        if len(self._ways) >= SAMPLES:
            # Bodies that stand still, at first, tell nothing of how far they get.
            moved = [way for way in self._ways if way > 0.0]
            self._ways.clear()
            if moved:
                self.side = side_of(moved)
                self._near.clear()
