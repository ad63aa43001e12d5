"""How much worse one sample of episodes is than another, and whether that is chance.

Pure functions of numbers, used by `regression`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.evaluation.report_parts import Direction

Values = Mapping[Any, float]
"""What an episode was drawn from (its seed) to a metric's value."""

Array = NDArray[np.float64]

RESAMPLES = 20_000
_AT_ONCE = 500
_POWER = 0.8
_SLACK = 1e-9


@dataclass(frozen=True)
class Comparison:
    """One metric, current against baseline.

    Attributes:
        baseline: mean over the baseline's episodes.
        current: mean over the current ones.
        worsening: by how much the current mean is worse, in units of the baseline's absolute value;
            negative: it is better; infinite: the baseline is 0 and the current mean is worse.
        p_value: probability that any of the metrics that are compared together looks at least as
            bad as this one, if nothing had changed.
        paired: whether episodes of equal seeds were compared one by one.
        episodes: compared, of the smaller sample.
        episodes_needed: at which a worsening of the tolerance would be told from chance in 4 of 5
            runs; None when that cannot be known (no spread, or a baseline of 0).
    """

    baseline: float
    current: float
    worsening: float
    p_value: float
    paired: bool
    episodes: int
    episodes_needed: int | None


def compare(
    baseline: Mapping[str, Values],
    current: Mapping[str, Values],
    directions: Mapping[str, Direction],
    tolerance: float,
    alpha: float,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Comparison]:
    """Compare the metrics of two sets of episodes, all together.

    scipy has permutation tests of one statistic; this one is joint over the metrics.

    Where both sets hold the same episodes (the same keys), those are compared one by one: if
    nothing had changed, the signs of an episode's differences would be as likely the other way
    round. Else, any split of all episodes into two sets would be as likely. Either way each metric
    is asked twice, by its mean and by its ranks (Wilcoxon 1945), and the larger of the two
    standardised statistics counts: ranks see a small loss in most episodes behind a few wild ones,
    the mean sees a few that are lost. The p-values are those of the step-down maxT procedure
    (Westfall and Young 1993, "Resampling-Based Multiple Testing"), which permutes all metrics
    jointly, so metrics that say the same count once. They are exact for unchanged policies whatever
    the distribution, also for rates near 0 or 1, where a bootstrap of the difference raises false
    alarms.

    Args:
        baseline: name of a metric to its values, at least one; the same episodes for each metric.
        current: likewise, the same metrics.
        directions: name of each metric to what is better.
        tolerance: see `Comparison.episodes_needed`, > 0.
        alpha: significance level of `Comparison.episodes_needed`, in (0, 1).
        seed: of the permutations, so that a check can be made again.
        resamples: permutations, a multiple of 500; the smallest p-value is one of them.

    Returns:
        Name to comparison, in the order of `baseline`.
    """
    if not baseline:
        return {}
    names = [*baseline]
    old, new = baseline[names[0]], current[names[0]]
    common = sorted(old.keys() & new.keys())
    paired = bool(common) and (len(common) == len(old) or len(common) == len(new))
    before = _matrix(baseline, names, common if paired else [*old])
    after = _matrix(current, names, common if paired else [*new])
    signs = np.array([-1.0 if directions[name] == "higher" else 1.0 for name in names])
    both_ways = np.array([directions[name] == "either" for name in names])
    generator = np.random.default_rng(seed)
    if paired:
        statistics = _signs_flipped(signs * (after - before), generator)
        spreads = _deviations(after - before)
    else:
        statistics = _split(signs * before, signs * after, generator)
        spreads = np.hypot(_deviations(before), _deviations(after))
    p_values = _step_down(*_larger(statistics, both_ways, resamples))
    return {
        name: _comparison(
            float(before[:, i].mean()),
            float(after[:, i].mean()),
            directions[name],
            p_value=float(p_values[i]),
            paired=paired,
            episodes=min(len(before), len(after)),
            spread=float(spreads[i]),
            tolerance=tolerance,
            alpha=alpha / len(names),
        )
        for i, name in enumerate(names)
    }


def worsening(baseline: float, current: float, direction: Direction) -> float:
    """Return by how much `current` is worse, relative to the size of `baseline`.

    A baseline of -10 that falls to -11 is worse by 0.1 when higher is better; a baseline of 0 makes
    any worsening infinite, so that only its significance decides.
    """
    change = current - baseline
    worse = {"higher": -change, "lower": change, "either": abs(change)}[direction]
    if baseline == 0.0:
        return math.copysign(math.inf, worse) if worse else 0.0
    return worse / abs(baseline) + 0.0  # not -0.0


def _comparison(
    before: float,
    after: float,
    direction: Direction,
    *,
    p_value: float,
    paired: bool,
    episodes: int,
    spread: float,
    tolerance: float,
    alpha: float,
) -> Comparison:
    return Comparison(
        baseline=before,
        current=after,
        worsening=worsening(before, after, direction),
        p_value=p_value,
        paired=paired,
        episodes=episodes,
        episodes_needed=_needed(spread, tolerance * abs(before), alpha),
    )


def _matrix(metrics: Mapping[str, Values], names: list[str], keys: list[Any]) -> Array:
    """Return values as (episodes, metrics)."""
    return np.array([[metrics[name][key] for name in names] for key in keys], dtype=np.float64)


def _deviations(values: Array) -> Array:
    if len(values) < 2:
        return np.zeros(values.shape[1])
    return np.asarray(np.std(values, axis=0, ddof=1), dtype=np.float64)


Statistics = tuple[Array, Callable[[int], Array]]
"""Standardised statistics as observed, (2 metrics): of the means, then of the ranks; larger is
worse. And a function that draws n of them as if nothing had changed, (n, 2 metrics)."""


def _signs_flipped(differences: Array, generator: np.random.Generator) -> Statistics:
    """Return the statistics of paired differences, (episodes, metrics), positive is worse."""
    ranks = np.sign(differences) * _ranks(np.abs(differences), differences != 0.0)
    terms = np.hstack([differences, ranks])
    terms /= _or_one(np.sqrt((terms**2).sum(axis=0)))

    def draw(count: int) -> Array:
        flips = generator.integers(0, 2, (count, len(terms)), dtype=np.int8).astype(np.float64)
        drawn: Array = (2.0 * flips - 1.0) @ terms
        return drawn

    return terms.sum(axis=0), draw


def _split(before: Array, after: Array, generator: np.random.Generator) -> Statistics:
    """Return the statistics of two samples, (episodes, metrics), larger is worse."""
    together = np.vstack([before, after])
    terms = np.hstack([together, _ranks(together, np.ones(together.shape, dtype=np.bool_))])
    terms -= terms.mean(axis=0)
    share = len(after) / len(together)
    terms /= _or_one(np.sqrt((terms**2).sum(axis=0) * share * (1.0 - share)))
    # What is constant is rounding now.
    terms[:, np.tile(np.ptp(together, axis=0) == 0.0, 2)] = 0.0

    def draw(count: int) -> Array:
        # The smallest of so many random numbers are a random set of that size.
        numbers = generator.random((count, len(terms)))
        last = np.partition(numbers, len(after) - 1, axis=1)[:, len(after) - 1 : len(after)]
        drawn: Array = (numbers <= last).astype(np.float64) @ terms
        return drawn

    return terms[len(before) :].sum(axis=0), draw


def _ranks(values: Array, counted: NDArray[np.bool_]) -> Array:
    """Return ranks from 1 in each column, equal values sharing theirs; 0 where not counted."""
    # Imported when asked: scipy.stats takes a good half of a second.
    from scipy.stats import rankdata

    ranks: Array = rankdata(np.where(counted, values, np.nan), axis=0, nan_policy="omit")
    return np.where(counted, ranks, 0.0)


def _or_one(values: Array) -> Array:
    return np.where(values == 0.0, 1.0, values)


def _larger(
    statistics: Statistics, both_ways: NDArray[np.bool_], resamples: int
) -> tuple[Array, Array]:
    """Return the larger of each metric's two statistics: observed, (metrics), and drawn."""
    observed, draw = statistics
    metrics = len(both_ways)

    def larger(values: Array) -> Array:
        values = np.where(np.tile(both_ways, 2), np.abs(values), values)
        found: Array = np.maximum(values[..., :metrics], values[..., metrics:])
        return found

    drawn = [larger(draw(_AT_ONCE)) for _ in range(0, resamples, _AT_ONCE)]
    return larger(observed), np.concatenate(drawn)


def _step_down(observed: Array, drawn: Array) -> Array:
    """Return p-values, (metrics), of the step-down maxT procedure.

    What differs by rounding alone counts as equal, on the side of no alarm.
    """
    p_values = np.ones(len(observed))
    largest = 0.0
    rest = np.full(len(drawn), -np.inf)
    hits = {}
    # From the smallest on, so that `rest` is the largest of those that are not larger.
    order = np.argsort(observed)
    for metric in order:
        rest = np.maximum(rest, drawn[:, metric])
        hits[metric] = np.count_nonzero(rest >= observed[metric] - _SLACK)
    for metric in order[::-1]:
        largest = max(largest, (hits[metric] + 1) / (len(drawn) + 1))
        p_values[metric] = largest
    return p_values


def _needed(spread: float, difference: float, alpha: float) -> int | None:
    if spread == 0.0 or difference == 0.0:
        return None
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - alpha) + normal.inv_cdf(_POWER)
    return max(2, math.ceil((z * spread / difference) ** 2))
