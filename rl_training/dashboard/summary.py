"""What a stretch of a run looks like from afar: the extremes of every few rows.

Called by `series`. A summary stays in memory when its rows do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rl_training.dashboard.columns import Columns
from rl_training.dashboard.decimation import extremes

STRETCH = 16
"""Rows of which a summary keeps the extremes; more in a very long run."""

Floats32 = npt.NDArray[np.float32]


@dataclass
class Chunk:
    """Rows that were read: where they lie, and what they look like from afar.

    `x` holds the first and the last timestep of every stretch, `values` its two extremes in their
    order, `places` where they were, from 0 to 255.
    """

    begin: int
    end: int
    rows: int
    low: float
    high: float
    stretch: int = STRETCH
    x: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    values: dict[str, Floats32] = field(default_factory=dict)
    places: dict[str, npt.NDArray[np.uint8]] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        values = sum(each.nbytes for each in self.values.values())
        return int(self.x.nbytes + values + sum(each.nbytes for each in self.places.values()))


def chunk_of(rows: Columns, begin: int) -> Chunk:
    """Return the summary of rows, a multiple of `STRETCH` of them, that begin at a byte."""
    end = int(rows.ends[-1])
    made = Chunk(begin, end, rows.rows, float(rows.x.min()), float(rows.x.max()))
    made.x = rows.x.reshape(-1, STRETCH)[:, (0, -1)].copy()
    for tag, values in rows.y.items():
        if not np.isnan(values).all():
            kept, places = extremes(values, STRETCH)
            share = places.astype(np.uint16) * 255 // (STRETCH - 1)
            made.values[tag] = kept.astype(np.float32)
            made.places[tag] = share.astype(np.uint8)
    return made


def joined_chunks(one: Chunk, other: Chunk) -> Chunk:
    """Return the summary of two neighbours: of each two stretches, what is most extreme."""
    low, high = min(one.low, other.low), max(one.high, other.high)
    stretch = max(one.stretch, other.stretch)
    made = Chunk(one.begin, other.end, one.rows + other.rows, low, high, 2 * stretch)
    x = np.concatenate((one.x, other.x))
    made.x = np.stack((x[::2, 0], x[1::2, 1]), axis=1)
    for tag in dict.fromkeys((*one.values, *other.values)):
        values, shares = [], []
        for chunk in (one, other):
            found = chunk.values.get(tag)
            if found is None:
                found = np.full((len(chunk.x), 2), np.nan, dtype=np.float32)
                share = np.zeros((len(chunk.x), 2), dtype=np.uint8)
            else:
                share = chunk.places[tag]
            values.append(found)
            shares.append(share)
        both = np.concatenate(values).reshape(-1, 4)
        # Places count from 0 to 255 over a stretch: each of two has half of them.
        halves = np.concatenate(shares).reshape(-1, 2, 2).astype(np.uint16) // 2
        halves[:, 1] += 128
        kept, at = extremes(both.ravel(), 4)
        made.values[tag] = kept.astype(np.float32)
        chosen = np.take_along_axis(halves.reshape(-1, 4), at.astype(np.int64), axis=1)
        made.places[tag] = chosen.astype(np.uint8)
    return made
