"""What a lesson has seen of its episodes. Called by `lessons`, which makes a new one a lesson."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Any

from rl_training.config.curriculum import GoOn
from rl_training.training.curriculum.seats import Outcome

_LOOKS = 10  # at a mean while its window is refilled once


class Counts:
    """The episodes of one lesson, and its measure.

    Args:
        rule: how it is judged; None: it is not.

    Attributes:
        ended: episodes of the lesson that count, of the agents that its measure is of (`seats`).
        values: what the last `rule.min_episodes` of them told.
        measure: smoothed, as it was last looked at; None: not yet.
        tellable: what the scene tells instead, while no episode has told the measure.
    """

    def __init__(self, rule: GoOn | None) -> None:
        self.ended = 0
        self.values: deque[float] = deque(maxlen=0 if rule is None else rule.min_episodes)
        self.measure: float | None = None
        self.tellable: tuple[str, ...] = ()
        self._rule = rule
        self._told = 0
        self._looked_at = 0

    def add(self, outcome: Outcome) -> None:
        """Count an episode."""
        self.ended += 1
        if outcome.value is not None:
            self._told += 1
            self.values.append(outcome.value)
        elif not self.values:
            self.tellable = outcome.tellable

    def look_at_mean(self) -> bool:
        """Smooth the mean if enough episodes have ended since the last look; return whether."""
        if self._rule is None or len(self.values) < self._rule.min_episodes:
            return False
        if self._told - self._looked_at < max(1, self._rule.min_episodes // _LOOKS):
            return False
        self._looked_at = self._told
        self.smooth(self._mean())
        return True

    def smooth(self, value: float) -> None:
        """Take in another value of the measure."""
        smoothing = 0.0 if self._rule is None else self._rule.smoothing
        before = value if self.measure is None else self.measure
        self.measure = smoothing * before + (1.0 - smoothing) * value

    def current(self) -> float | None:
        """Return the measure now: the mean of what has been told, unless that is smoothed."""
        smooths = self._rule is not None and self._rule.smoothing > 0.0
        if self.values and not (smooths and self.measure is not None):
            return self._mean()
        return self.measure

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs, as JSON can hold it."""
        return {
            "ended": self.ended,
            "told": self._told,
            "looked_at": self._looked_at,
            "values": list(self.values),
            "measure": self.measure,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.ended, self._told = int(state["ended"]), int(state["told"])
        self._looked_at = int(state["looked_at"])
        self.values.extend(state["values"])
        self.measure = state["measure"]

    def _mean(self) -> float:
        return math.fsum(self.values) / len(self.values)
