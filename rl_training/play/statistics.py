"""The statistics of a report; pure functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson 1927, doi:10.2307/2276774).

    Unlike the textbook interval it stays inside [0, 1] and is right at 0 and 100 %.

    Args:
        successes: in [0, trials].
        trials: at least 1.
        z: quantile of the standard normal distribution.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes of {trials} trials")
    share = successes / trials
    denominator = 1.0 + z * z / trials
    centre = (share + z * z / (2 * trials)) / denominator
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / denominator
    # At the ends the formula is exact on paper and off by a rounding error in floats.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low, high)


Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From samples, the last axis of (..., n), to a number of each, (...)."""


def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the last axis."""
    found: NDArray[np.float64] = np.mean(values, axis=-1)
    return found


def bootstrap_interval(
    values: Sequence[float] | NDArray[np.float64],
    statistic: Statistic = mean,
    seed: int = 0,
    resamples: int = 10_000,
    level: float = 0.95,
) -> Interval:
    """Return the percentile bootstrap interval of a statistic (Efron 1979).

    Args:
        values: at least one number.
        statistic: what is asked for.
        seed: of the resampling, so that a report can be made again.
        resamples: how many samples are drawn.
        level: share of their statistics inside the interval, in (0, 1).
    """
    data = np.asarray(values, dtype=np.float64)
    if data.size == 0:
        raise ValueError("no values")
    generator = np.random.default_rng(seed)
    drawn = np.empty(resamples)
    # In slices, so that thousands of episodes do not need gigabytes.
    slice_size = max(1, 2_000_000 // data.size)
    for start in range(0, resamples, slice_size):
        stop = min(start + slice_size, resamples)
        picks = generator.integers(0, data.size, size=(stop - start, data.size))
        drawn[start:stop] = statistic(data[picks])
    tail = 100.0 * (1.0 - level) / 2.0
    low, high = np.percentile(drawn, [tail, 100.0 - tail])
    return Interval(float(low), float(high))


def interquartile_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the middle half of the values (Agarwal et al. 2021, arXiv:2108.13264).

    Where a quarter of the count is no integer, the values at the edges count in part.

    Args:
        values: (..., n), at least one number in the last axis.

    Returns:
        (...), without the last axis.
    """
    count = values.shape[-1]
    if count == 0:
        raise ValueError("no values")
    cut = count / 4.0
    ranks = np.arange(count, dtype=np.float64)
    # Value i covers [i, i + 1) of the ranks; its weight is what of that lies in the middle half.
    weights = np.clip(np.minimum(ranks + 1, count - cut) - np.maximum(ranks, cut), 0.0, 1.0)
    found: NDArray[np.float64] = np.average(np.sort(values, axis=-1), axis=-1, weights=weights)
    return found
