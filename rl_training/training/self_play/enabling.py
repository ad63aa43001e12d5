"""When frozen opponents begin to play: measures that must all be reached.

The words are those of a curriculum's `go_on` (`training.curriculum.measures`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from rl_training.config.self_play import EnableAt
from rl_training.training.curriculum.measures import read_measure, told_by


class Enabling:
    """The measures of `self_play.enable_at`.

    Args:
        settings: what must be reached; empty: nothing.
        policies: names of those that learn; [""] where there is one without a name.

    Raises:
        ConfigError: a measure is of a policy that does not learn.
    """

    def __init__(self, settings: Sequence[EnableAt], policies: Sequence[str]) -> None:
        self._rules = [_Rule(each, policies) for each in settings]

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the run's log that measures are of."""
        return tuple(rule.measure.key for rule in self._rules if rule.measure.kind == "logged")

    def end(self, policy: str, info: Mapping[str, Any]) -> None:
        """An episode of a policy has ended; `info` is of its last decision."""
        for rule in self._rules:
            measure = rule.measure
            if measure.kind == "episodes" and measure.counts(policy):
                value = told_by(info, measure.key)
                if value is not None:
                    rule.values.append(value)

    def log(self, tag: str, value: float) -> None:
        """The run has logged a number."""
        for rule in self._rules:
            if rule.measure.kind == "logged" and rule.measure.key == tag:
                rule.newest = value

    def is_reached(self, progress: float) -> bool:
        """Return whether all measures are reached.

        Args:
            progress: share of the run's timesteps, in [0, 1].
        """
        return all(rule.is_reached(progress) for rule in self._rules)

    def lines(self, progress: float) -> list[str]:
        """Return how each stands, for people."""
        return [rule.line(progress) for rule in self._rules]

    def state(self) -> list[list[float]]:
        """Return what a resumed run needs."""
        return [list(rule.values) for rule in self._rules]

    def restore(self, state: Sequence[Sequence[float]]) -> None:
        """Take over what `state` gave, where the rules are as many as then."""
        if len(state) == len(self._rules):
            for rule, values in zip(self._rules, state, strict=True):
                rule.values.extend(values)


class _Rule:
    def __init__(self, settings: EnableAt, policies: Sequence[str]) -> None:
        self.measure = read_measure(settings.measure, policies)
        self.values: deque[float] = deque(maxlen=settings.min_episodes)
        self.newest: float | None = None
        self._settings = settings

    def is_reached(self, progress: float) -> bool:
        value = self._value(progress)
        if value is None:
            return False
        limit = self._settings.threshold
        return value <= limit if self._settings.below else value >= limit

    def line(self, progress: float) -> str:
        value, sign = self._value(progress), "<=" if self._settings.below else ">="
        shown = f"{value:.3g}" if value is not None else "unknown"
        return f"{self.measure.name} {shown}, wanted {sign} {self._settings.threshold:g}"

    def _value(self, progress: float) -> float | None:
        if self.measure.kind == "progress":
            return progress
        if self.measure.kind == "logged":
            return self.newest
        full = len(self.values) == self._settings.min_episodes
        return sum(self.values) / len(self.values) if full else None
