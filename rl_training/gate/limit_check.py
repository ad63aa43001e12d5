"""Limits that a report must keep whatever the baseline had: a frame's time, memory, a metric.

A limit is "at most". `regression.check_regression` asks; flags and baselines hold them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rl_training.errors import ConfigError, nearest
from rl_training.evaluation.report import EvaluationReport

PERFORMANCE = "performance."


@dataclass(frozen=True)
class LimitResult:
    """A number of a report against its limit.

    Attributes:
        name: in the report, parts joined by dots.
        limit: the most that passes.
        value: the report's; None: it was not measured.
    """

    name: str
    limit: float
    value: float | None

    @property
    def passed(self) -> bool:
        """Whether it was measured and is not over the limit."""
        return self.value is not None and self.value <= self.limit


def read_limits(words: Sequence[str]) -> dict[str, float]:
    """Read `NAME=NUMBER` words.

    Raises:
        ConfigError: a word is not of that form.
    """
    found = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            limit = float(text)
        except ValueError:
            limit = math.nan
        if not name or not math.isfinite(limit):
            raise ConfigError(
                f"--limit: NAME=NUMBER was expected, such as "
                f"performance.physics_frame_time_ms=11.11; found {word!r}"
            )
        found[name] = limit
    return found


def check_limits(report: EvaluationReport, limits: Mapping[str, float]) -> list[LimitResult]:
    """Return each limit with the report's number.

    A number of `performance.` that was not measured is told as None, which fails.

    Raises:
        ConfigError: the report has no such number.
    """
    if not limits:
        return []
    known = _numbers(report.to_dict())
    results = []
    for name, limit in limits.items():
        if name not in known and not (name.startswith(PERFORMANCE) and not report.performance):
            raise ConfigError(
                f"--limit: the report has no number {name!r}.{nearest(name, known)} It has: "
                f"{', '.join(known)}"
            )
        results.append(LimitResult(name, limit, known.get(name)))
    return results


def _numbers(data: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a report, those of its parts with dotted names."""
    found: dict[str, float] = {}
    for name, value in data.items():
        if isinstance(value, Mapping) and name not in ("parameters", "run", "runs", "provenance"):
            found |= _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found[f"{prefix}{name}"] = float(value)
    return found
