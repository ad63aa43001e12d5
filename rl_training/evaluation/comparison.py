"""How much worse one sample of episodes is than another, and whether that is chance.

Pure functions of numbers, used by `regression`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Direction = Literal["higher", "lower", "either"]
"""What is better; "either": it is not known, any change counts as worse."""

Sample = NDArray[np.float64]

RESAMPLES = 20_000
_AT_ONCE = 500
_POWER = 0.8


@dataclass(frozen=True)
class Comparison:
    """One metric, current against baseline.

    Attributes:
        baseline: mean over the baseline's episodes.
        current: mean over the current ones.
        worsening: by how much the current mean is worse, in units of the baseline's absolute value;
            negative: it is better; infinite: the baseline is 0 and the current mean is worse.
        p_value: probability of a difference at least as bad if nothing had changed.
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
    baseline: dict[Any, float],
    current: dict[Any, float],
    direction: Direction,
    tolerance: float,
    alpha: float,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compare one metric of two sets of episodes.

    Where both sets hold the same episodes (the same keys), those are compared one by one, by a
    sign-flip permutation test; else all are compared by a permutation test of the difference of the
    means. Both are exact for unchanged policies whatever the distribution, also for rates near 0
    or 1, where a bootstrap of the difference raises false alarms (Good 2005, "Permutation,
    Parametric and Bootstrap Tests of Hypotheses").

    Args:
        baseline: what an episode was drawn from to its value, at least one.
        current: likewise.
        direction: what is better.
        tolerance: see `Comparison.episodes_needed`, > 0.
        alpha: significance level of `Comparison.episodes_needed`, in (0, 1).
        seed: of the permutations, so that a check can be made again.
        resamples: permutations, a multiple of 500; the smallest p-value is one of them.
    """
    common = sorted(baseline.keys() & current.keys())
    paired = bool(common) and (len(common) == len(baseline) or len(common) == len(current))
    if paired:
        before = np.array([baseline[key] for key in common])
        after = np.array([current[key] for key in common])
    else:
        before, after = np.array([*baseline.values()]), np.array([*current.values()])
    generator = np.random.default_rng(seed)
    if paired:
        p_value = _sign_flip_p(after - before, direction, generator, resamples)
        spread = float(np.std(after - before, ddof=1)) if len(after) > 1 else 0.0
    else:
        p_value = _permutation_p(before, after, direction, generator, resamples)
        spread = math.sqrt(
            sum(float(np.var(x, ddof=1)) if len(x) > 1 else 0.0 for x in (before, after))
        )
    mean_before, mean_after = float(before.mean()), float(after.mean())
    return Comparison(
        baseline=mean_before,
        current=mean_after,
        worsening=worsening(mean_before, mean_after, direction),
        p_value=p_value,
        paired=paired,
        episodes=min(len(before), len(after)),
        episodes_needed=_needed(spread, tolerance * abs(mean_before), alpha),
    )


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


def holm(p_values: list[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979), each at most 1."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - rank)))
        corrected[index] = largest
    return corrected


def _sign_flip_p(
    differences: Sample, direction: Direction, generator: np.random.Generator, resamples: int
) -> float:
    """Return the p-value of paired differences: under no change each sign is as likely."""
    moved = differences[differences != 0.0]
    if moved.size == 0:
        return 1.0
    sums = np.empty(resamples)
    for start in range(0, resamples, _AT_ONCE):
        signs = generator.integers(0, 2, (_AT_ONCE, moved.size), dtype=np.int8) * 2 - 1
        sums[start : start + _AT_ONCE] = signs @ moved
    return _tail(sums, float(moved.sum()), direction)


def _permutation_p(
    before: Sample,
    after: Sample,
    direction: Direction,
    generator: np.random.Generator,
    resamples: int,
) -> float:
    """Return the p-value of two samples: under no change any split of them is as likely."""
    together = np.concatenate([before, after])
    if np.ptp(together) == 0.0:
        return 1.0
    share, total = after.size / together.size, together.sum()
    observed = float(after.sum() - total * share)
    sums = np.empty(resamples)
    for start in range(0, resamples, _AT_ONCE):
        rows = generator.permuted(np.tile(together, (_AT_ONCE, 1)), axis=1)
        sums[start : start + _AT_ONCE] = rows[:, : after.size].sum(axis=1) - total * share
    return _tail(sums, observed, direction)


def _tail(drawn: Sample, observed: float, direction: Direction) -> float:
    # What differs by rounding alone counts as equal, on the side of no alarm.
    slack = 1e-9 * (abs(observed) + float(np.abs(drawn).max()))
    if direction == "higher":
        hits = np.count_nonzero(drawn <= observed + slack)
    elif direction == "lower":
        hits = np.count_nonzero(drawn >= observed - slack)
    else:
        hits = np.count_nonzero(np.abs(drawn) >= abs(observed) - slack)
    return float(hits + 1) / (drawn.size + 1)


def _needed(spread: float, difference: float, alpha: float) -> int | None:
    if spread == 0.0 or difference == 0.0:
        return None
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - alpha) + normal.inv_cdf(_POWER)
    return max(2, math.ceil((z * spread / difference) ** 2))
