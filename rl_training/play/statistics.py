"""The statistics of a report; pure functions of numbers, on scipy's.

`scipy.stats` is imported when it is first asked: it takes a good half of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson 1927, doi:10.2307/2276774).

    Unlike the textbook interval it stays inside [0, 1] and is right at 0 and 100 %.

    Args:
        successes: in [0, trials].
        trials: at least 1.
        level: probability that it covers the true share, in (0, 1).
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes of {trials} trials")
    from scipy.stats import binomtest

    found = binomtest(successes, trials).proportion_ci(level, method="wilson")
    return Interval(float(found.low), float(found.high))


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
    if data.size == 1:
        # scipy refuses a single value, whose every sample is itself.
        only = float(statistic(data))
        return Interval(only, only)
    from scipy.stats import bootstrap

    found = bootstrap(
        (data,),
        lambda drawn, axis: statistic(drawn),
        n_resamples=resamples,
        confidence_level=level,
        method="percentile",
        vectorized=True,
        axis=-1,
        # In slices, so that thousands of episodes do not need gigabytes.
        batch=max(1, 2_000_000 // data.size),
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


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
