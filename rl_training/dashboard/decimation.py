"""Fewer points of a curve that look the same: the smallest and the largest of every stretch.

Called by `series`. Pure functions of arrays.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

FEWEST = 4
"""Points that are kept at least."""


def without_superseded(
    x: npt.NDArray[np.float64], y: Floats
) -> tuple[npt.NDArray[np.float64], Floats]:
    """Leave out what a resumed part of the run went over again, so that `x` never falls.

    Args:
        x: (n,) timesteps in the order of the file.
        y: (n,) values.
    """
    if len(x) < 2 or bool((x[1:] >= x[:-1]).all()):
        return x, y
    least_from = np.minimum.accumulate(x[::-1])[::-1]
    kept = np.append(x[:-1] < least_from[1:], True)
    return x[kept], y[kept]


def decimate(
    x: npt.NDArray[np.float64], y: Floats, points: int
) -> tuple[npt.NDArray[np.float64], Floats]:
    """Return at most `points` points, with the extremes of every stretch in their order.

    Args:
        x: (n,) timesteps.
        y: (n,) values; those that are not finite are left out.
        points: >= `FEWEST`.
    """
    finite = np.isfinite(y)
    if not finite.all():
        x, y = x[finite], y[finite]
    n = len(x)
    if n <= points:
        return x, y
    stretches = max(FEWEST, points) // 2
    length = -(-n // stretches)
    missing = -n % length
    padded = np.concatenate((y, np.full(missing, y[-1], dtype=y.dtype))).reshape(-1, length)
    starts = np.arange(len(padded)) * length
    low = starts + padded.argmin(axis=1)
    high = starts + padded.argmax(axis=1)
    both = np.minimum(np.sort(np.stack((low, high), axis=1).ravel()), n - 1)
    # A constant stretch has one place for both.
    both = both[np.concatenate(([True], both[1:] != both[:-1]))]
    return x[both], y[both]


def extremes(y: npt.NDArray[np.float32], length: int) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """Return what is kept of every stretch of a column, and where in the stretch it was.

    Args:
        y: (n,) values, NaN where there is none; n is a multiple of `length`.
        length: rows of a stretch, <= 256.

    Returns:
        (n / length, 2) float32, the two extremes in their order, NaN for a stretch without values;
        (n / length, 2) uint8, their places.
    """
    rows = y.reshape(-1, length)
    low = np.where(np.isnan(rows), np.inf, rows).argmin(axis=1)
    high = np.where(np.isnan(rows), -np.inf, rows).argmax(axis=1)
    places = np.sort(np.stack((low, high), axis=1), axis=1)
    return np.take_along_axis(rows, places, axis=1), places.astype(np.uint8)
