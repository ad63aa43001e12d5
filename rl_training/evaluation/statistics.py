"""The statistics of a report; pure functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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


def bootstrap_mean_interval(
    values: Sequence[float], seed: int = 0, resamples: int = 10_000, level: float = 0.95
) -> Interval:
    """Return the percentile bootstrap interval of the mean (Efron 1979).

    Args:
        values: at least one number.
        seed: of the resampling, so that a report can be made again.
        resamples: how many means are drawn.
        level: share of the drawn means inside the interval, in (0, 1).
    """
    data = np.asarray(values, dtype=np.float64)
    if data.size == 0:
        raise ValueError("no values")
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    # In slices, so that thousands of episodes do not need gigabytes.
    slice_size = max(1, 2_000_000 // data.size)
    for start in range(0, resamples, slice_size):
        stop = min(start + slice_size, resamples)
        picks = generator.integers(0, data.size, size=(stop - start, data.size))
        means[start:stop] = data[picks].mean(axis=1)
    tail = 100.0 * (1.0 - level) / 2.0
    low, high = np.percentile(means, [tail, 100.0 - tail])
    return Interval(float(low), float(high))


def interquartile_mean(values: Sequence[float]) -> float:
    """Return the mean of the middle half of the values (Agarwal et al. 2021, arXiv:2108.13264).

    Where a quarter of the count is no integer, the values at the edges count in part.

    Args:
        values: at least one number.
    """
    data = np.sort(np.asarray(values, dtype=np.float64))
    if data.size == 0:
        raise ValueError("no values")
    cut = data.size / 4.0
    ranks = np.arange(data.size, dtype=np.float64)
    # Value i covers [i, i + 1) of the ranks; its weight is what of that lies in the middle half.
    weights = np.clip(np.minimum(ranks + 1, data.size - cut) - np.maximum(ranks, cut), 0.0, 1.0)
    return float(np.average(data, weights=weights))
