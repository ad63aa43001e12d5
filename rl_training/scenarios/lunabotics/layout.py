"""Where an episode's rover, craters, rocks and orbs lie: drawn from its seed alone.

Called at resets, for all worlds that begin at once. `scenes/lunabotics/luna_layout.gd` draws the
same, bit for bit: integers from `draws.mix`, then double precision in the order written here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.draws import SPAN, mix

Doubles = NDArray[np.float64]

START_PLACE = 0
CELL_PLACE = 16
JITTER_X_PLACE = 32
JITTER_Y_PLACE = 48
RADIUS_PLACE = 64
ORB_X_PLACE = 80
ORB_Y_PLACE = 96
_PLACES = 112
FAR = 1000.0
"""Where what is not there lies, m: nothing sees or touches it."""

_CELLS = c.CELL_COLUMNS * c.CELL_ROWS


class Layout(NamedTuple):
    """The start of n episodes.

    Attributes:
        start: (3, n): x, y in m, heading in [-pi / 2, pi / 2].
        obstacles: (3, SLOTS, n): x, y, radius in m; craters first, then rocks.
        orbs: (2, SLOTS, n): x, y in m.
    """

    start: Doubles
    obstacles: Doubles
    orbs: Doubles


def draw_layout(
    seeds: NDArray[np.uint32], width: Doubles, height: Doubles, rocks: Any, orbs: Any
) -> Layout:
    """Draw the starts of episodes.

    Args:
        seeds: (n,) of the episodes.
        width: (n,) of the worlds, m.
        height: (n,) of the worlds, m.
        rocks: (n,) how many each has.
        orbs: (n,) how many each has.
    """
    whole = mix(seeds[None, :], np.arange(_PLACES, dtype=np.uint32)[:, None])
    shares = whole.astype(np.float64) * SPAN
    slots = np.arange(c.SLOTS)[:, None]
    start = np.empty((3, len(seeds)))
    start[0] = _between(shares[0], c.START_MARGIN, c.START_X * width - c.START_MARGIN)
    start[1] = _between(shares[1], c.START_MARGIN, c.START_Y * height - c.START_MARGIN)
    start[2] = _between(shares[2], -c.START_HEADING, c.START_HEADING)
    return Layout(
        start,
        _obstacles(whole, shares, width, height, slots < c.NUM_CRATERS + rocks),
        _orbs(shares, width, height, slots < orbs),
    )


def _between(share: Doubles, low: Any, high: Any) -> Doubles:
    return np.asarray(low + share * (high - low))


def _obstacles(
    whole: NDArray[np.uint32], shares: Doubles, width: Doubles, height: Doubles, there: Any
) -> Doubles:
    # Cells in the order of random keys; of two equal ones the lower cell comes first.
    cells = np.arange(_CELLS, dtype=np.int64)[:, None]
    keys = whole[CELL_PLACE : CELL_PLACE + _CELLS].astype(np.int64) * 16 + cells
    order = np.sort(keys, axis=0) & 15
    found = np.full((3, c.SLOTS, len(width)), FAR)
    found[2] = 0.0
    place = found[:, :_CELLS]
    size_x = (c.RIGHT_X - c.START_X) * width / c.CELL_COLUMNS
    size_y = (height - 2.0 * c.FIELD_MARGIN) / c.CELL_ROWS
    for axis, (size, low, cell, jitter) in enumerate(
        (
            (size_x, c.START_X * width, order % c.CELL_COLUMNS, JITTER_X_PLACE),
            (size_y, c.FIELD_MARGIN, order // c.CELL_COLUMNS, JITTER_Y_PLACE),
        )
    ):
        off = _between(shares[jitter : jitter + _CELLS], -c.CELL_JITTER, c.CELL_JITTER)
        place[axis] = low + (cell + 0.5 + off) * size
    radii = shares[RADIUS_PLACE : RADIUS_PLACE + _CELLS]
    place[2, : c.NUM_CRATERS] = _between(radii[: c.NUM_CRATERS], *c.CRATER_RADII)
    place[2, c.NUM_CRATERS :] = _between(radii[c.NUM_CRATERS :], *c.ROCK_RADII)
    found[:2] = np.where(there, found[:2], FAR)
    found[2] = np.where(there, found[2], 0.0)
    return found


def _orbs(shares: Doubles, width: Doubles, height: Doubles, there: Any) -> Doubles:
    found = np.empty((2, c.SLOTS, len(width)))
    across = shares[ORB_X_PLACE : ORB_X_PLACE + c.SLOTS]
    along = shares[ORB_Y_PLACE : ORB_Y_PLACE + c.SLOTS]
    found[0] = _between(across, c.RIGHT_X * width + c.ORB_MARGIN, width - c.ORB_MARGIN)
    found[1] = _between(along, c.SPLIT_Y * height + c.ORB_MARGIN, height - c.ORB_MARGIN)
    return np.where(there, found, FAR)
