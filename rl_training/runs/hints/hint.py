"""What a hint is, what it is found in, and the few statistics that hints share. Pure functions.

A hint says why a run may not be learning, and what to do. It is found in what a run has logged, so
it is the same while the run lives and long after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Row = Mapping[str, float | None]

TIMESTEPS = "timesteps"
REWARD = "rollout/ep_rew_mean"
SUCCESS = "rollout/success_rate"
NEW_SUCCESS = "levels/new_success_mean"
"""Success on levels that were not chosen: `SUCCESS` is of chosen ones then (docs/levels.md)."""
LENGTH = "rollout/ep_len_mean"
WATCH = "watch/"
"""Prefix of what the watching callback logs for these hints alone."""

SOLVED = 0.9
"""Success from which a run needs no hint about its learning."""
MIN_ROWS = 10
"""Fewer points than these say nothing about a tendency."""
GAIN = 0.3
"""Reward has risen when its mean gained so many deviations of an episode's reward: means over 100
episodes differ by 0.14 of them by chance, so this is two deviations of that."""
GAIN_SUCCESS = 0.1
"""The same for success: two deviations of a share of 100 episodes."""


@dataclass(frozen=True)
class Hint:
    """One reason why a run may not be learning.

    Attributes:
        name: what was looked at; told once each.
        detail: what was found.
        remedy: what to do.
    """

    name: str
    detail: str
    remedy: str

    def text(self) -> str:
        """Return the hint in one line."""
        return f"{self.name}: {self.detail}. {self.remedy}"


@dataclass(frozen=True)
class ObservationRange:
    """One element of the observation, as far as it was seen.

    Attributes:
        name: as the scene calls it, or key[index].
        low: smallest value.
        high: largest value.
        early: largest absolute value in the first quarter of what was seen.
    """

    name: str
    low: float
    high: float
    early: float


@dataclass(frozen=True)
class RunFacts:
    """What hints are found in.

    Attributes:
        rows: of metrics.jsonl, by rising timesteps.
        observations: the elements' ranges; empty when they were not watched.
        observations_seen: how many observations those are of.
        gamma: discount factor; with `gae_lambda` it says how far ahead a rollout sees.
        gae_lambda: see `gamma`.
    """

    rows: Sequence[Row]
    observations: Sequence[ObservationRange] = ()
    observations_seen: int = 0
    gamma: float = 0.99
    gae_lambda: float = 0.95
    _cache: dict[str, list[float]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def series(self, tag: str) -> list[float]:
        """Return the values of a tag in their order; those that are not finite are left out."""
        if tag not in self._cache:
            values = (row.get(tag) for row in self.rows)
            self._cache[tag] = [v for v in values if v is not None and math.isfinite(v)]
        return self._cache[tag]

    def last(self, tag: str) -> float | None:
        """Return the newest value of a tag; None without any."""
        series = self.series(tag)
        return series[-1] if series else None

    def count(self, name: str) -> float:
        """Return the newest value of `watch/<name>`; 0 without any."""
        return self.last(f"{WATCH}{name}") or 0.0

    def tags(self, prefix: str) -> list[str]:
        """Return the tags that begin with a prefix, in the order in which they appeared."""
        return list(
            dict.fromkeys(tag for row in self.rows for tag in row if tag.startswith(prefix))
        )

    def pairs(self, one: str, other: str) -> list[tuple[float, float]]:
        """Return the values of two tags from the rows that have both."""
        found = []
        for row in self.rows:
            a, b = row.get(one), row.get(other)
            if a is not None and b is not None and math.isfinite(a) and math.isfinite(b):
                found.append((a, b))
        return found

    @property
    def success_tag(self) -> str:
        """Tag of the success that says how good the policy is."""
        return NEW_SUCCESS if self.series(NEW_SUCCESS) else SUCCESS

    @property
    def is_solved(self) -> bool:
        """True when the last episodes succeed."""
        success = self.last(self.success_tag)
        return success is not None and success >= SOLVED

    @property
    def is_improving(self) -> bool:
        """True while reward or success is higher at the end of the run's second half."""
        return self._gained(second_half)

    @property
    def has_improved(self) -> bool:
        """True when reward or success is higher now than at the start, or still rises."""
        return self._gained(list) or self.is_improving

    def _gained(self, part: Callable[[Sequence[float]], Sequence[float]]) -> bool:
        rewards = self.series(REWARD)
        noise = self.series(f"{WATCH}reward_std")
        spread = median(noise) if noise else float(np.std(rewards)) if rewards else 0.0
        return (
            gain(part(rewards)) > GAIN * spread
            or gain(part(self.series(self.success_tag))) > GAIN_SUCCESS
        )


Finder = Callable[[RunFacts], Hint | None]
"""Looks for one hint."""


def second_half(values: Sequence[float]) -> Sequence[float]:
    """Return the later half."""
    return values[len(values) // 2 :]


def gain(values: Sequence[float]) -> float:
    """Return the mean of the last third minus that of the first; 0 for a few values."""
    third = len(values) // 3
    if third == 0:
        return 0.0
    return (sum(values[-third:]) - sum(values[:third])) / third


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Spearman's correlation of two series; 0 when one is constant or both are short."""
    if len(one) < 3:
        return 0.0
    ranks = [_ranks(np.asarray(each, dtype=np.float64)) for each in (one, other)]
    deviations = [each.std() for each in ranks]
    if min(deviations) == 0.0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks, equal values with the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: np.ndarray = (ends - (counts - 1) / 2.0)[inverse]
    return ranks


def median(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    return float(np.median(np.asarray(values)))
