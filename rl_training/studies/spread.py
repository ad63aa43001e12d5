"""A number over the seeds of a study's runs, and how its tables show it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """A number over seeds.

    Attributes:
        middle: the mean; of what may be infinite, the median.
        low: the least.
        high: the largest.
    """

    middle: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Return middle, least and largest of numbers, of which some may be infinite: not reached."""
    given = list(values)
    low, high = min(given), max(given)
    middle = statistics.fmean(given) if math.isfinite(high) else statistics.median(given)
    return Spread(middle, low, high)


def shown(spread: Spread, factor: float = 1.0) -> str:
    """Return the middle with the range over seeds; "-": not reached."""
    texts = [
        f"{factor * value:,.0f}" if math.isfinite(value) else "-"
        for value in (spread.middle, spread.low, spread.high)
    ]
    if texts[0] == texts[1] == texts[2]:
        return texts[0]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


def parameter_texts(parameters: Mapping[str, Any]) -> list[str]:
    """Return environment parameters of a plan as "name value"."""
    return [
        f"{name} {value.text() if hasattr(value, 'text') else f'{value:g}'}"
        for name, value in parameters.items()
    ]
