"""Medians and ratios of repeated measurements; pure functions of numbers."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """What repeated measurements of one thing came to.

    Attributes:
        median: the middle value.
        low: the smallest.
        high: the largest.
        count: how many there were, at least 1.
    """

    median: float
    low: float
    high: float
    count: int


def spread(values: Sequence[float]) -> Spread | None:
    """Return median, smallest and largest of `values`; None when there are none."""
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


def paired_ratios(top: Mapping[int, float], bottom: Mapping[int, float]) -> list[float]:
    """Divide measurements of the same repeat by one another.

    Measurements of one repeat stand next to each other in time, so that a machine whose speed
    drifts changes both.

    Args:
        top: repeat to value.
        bottom: repeat to value; repeats in which it is 0 are left out.
    """
    return [top[i] / bottom[i] for i in sorted(top) if bottom.get(i)]
