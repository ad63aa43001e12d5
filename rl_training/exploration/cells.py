"""In which coarse state an arena is: what the scene says, where the agent is, or what it observes.

Made by `calibration`; the explorer and the archive ask it. It knows no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.moment import Moment

CellSource = Literal["scene", "place", "observation"]
BINS = 8
"""Parts into which an element of the observation is divided."""
ELEMENTS = 4
"""Elements of the observation that count."""
NEAR = 8
"""Decisions within which a typical way gives the side of a place's cell."""


def side_of(ways: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the side of a place's cell: half of a typical way within `NEAR` decisions, > 0.

    Args:
        ways: how far bodies were from where they ended up; at least 1.
    """
    return max(0.5 * float(np.median(ways)), 1e-6)


def place_cell(place: Sequence[float] | NDArray[np.float64], side: float) -> str:
    """Return the cell of a body's place, 2 or 3 numbers."""
    return ",".join(str(int(np.floor(x / side))) for x in place)


@dataclass(frozen=True)
class CellMap:
    """Tells cells.

    Attributes:
        source: "scene": `get_cell()` of the controllers; "place": where the bodies are;
            "observation": binned elements.
        side: of a place's cell, m or pixels.
        elements: numbers of the binned elements of the observation.
        low: (elements,) smallest values seen in the calibration.
        width: (elements,) of a bin, > 0.
    """

    source: CellSource
    side: float = 1.0
    elements: tuple[int, ...] = ()
    low: tuple[float, ...] = ()
    width: tuple[float, ...] = ()

    def cells_of(self, moment: Moment) -> tuple[str, ...]:
        """Return the cell of each agent; of a binned observation the one of the arena."""
        if self.source == "scene":
            return moment.cells
        if self.source == "place":
            return tuple(
                place_cell(place, self.side) for place in moment.places if place is not None
            )
        if len(moment.observation) <= max(self.elements, default=-1):
            return ()
        values = moment.observation[list(self.elements)]
        if not np.isfinite(values).all():
            return ()
        bins = np.floor((values - np.asarray(self.low)) / np.asarray(self.width))
        return (",".join(str(int(each)) for each in np.clip(bins, -BINS, 2 * BINS)),)

    def describe(self) -> str:
        """Return one line for reports."""
        if self.source == "scene":
            return "the scene's own (get_cell)"
        if self.source == "place":
            return f"where the agent is, {self.side:.3g} a side"
        return f"observation elements {', '.join(map(str, self.elements))}, {BINS} bins each"


def observation_cells(episodes: list[NDArray[np.float32]], steady: NDArray[np.bool_]) -> CellMap:
    """Choose elements of the observation that tell states apart, and their bins.

    Elements that change slowly over their whole range (a position) say more about where the agent
    is than those that jump (a speed, a ray); so those are taken whose change from one decision to
    the next is smallest against their spread.

    Args:
        episodes: of the calibration, (decisions, n) each.
        steady: (n,) elements that repeat when an episode is played again.
    """
    whole = np.concatenate(episodes).astype(np.float64)
    spread = whole.std(axis=0)
    steps = [np.abs(np.diff(each.astype(np.float64), axis=0)) for each in episodes if len(each) > 1]
    change = np.concatenate(steps).mean(axis=0) if steps else np.zeros(whole.shape[1])
    usable = np.flatnonzero(steady & np.isfinite(spread) & (spread > 1e-6) & (change > 0.0))
    order = usable[np.argsort(change[usable] / spread[usable], kind="stable")][:ELEMENTS]
    low, high = whole.min(axis=0)[order], whole.max(axis=0)[order]
    # Random play sees a part of the game: the bins go on beyond what it saw.
    width = np.maximum((high - low) / BINS * 2.0, 1e-9)
    return CellMap(
        "observation",
        elements=tuple(int(each) for each in order),
        low=tuple(float(each) for each in low),
        width=tuple(float(each) for each in width),
    )
