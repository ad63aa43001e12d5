"""How often bodies lie on their back, and whether and how fast they stand up again.

Fed by what a scene's ended episodes tell: `metrics` with `turtles` (how often), `recovered` (share
of these from which it stood up, in [0, 1]) and `recovery_time` (mean seconds of those), as
`car_ball` has them. Scenes without them cost a look at the infos of ended episodes.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

logger = logging.getLogger(__name__)

WINDOW = 200
"""Events over which success and ticks are taken."""
EVERY_S = 60.0
"""Seconds between two lines on the console."""


class TurtleRecoveryLogger(BaseCallback):
    """Logs `turtle/events`, `turtle/success` and `turtle/mean_ticks`, to all trackers.

    Args:
        ticks_per_second: of the scene's physics; 0: unknown, then `turtle/mean_seconds` is logged.
        window: events that count in success and mean.
        every_s: seconds between two lines on the console.
        policy: name of the policy, for the line; empty: the only one.
    """

    def __init__(
        self,
        ticks_per_second: int = 0,
        window: int = WINDOW,
        every_s: float = EVERY_S,
        policy: str = "",
    ) -> None:
        super().__init__()
        self._rate = ticks_per_second
        self._every_s = every_s
        self._policy = policy
        self._next = 0.0
        self.events = 0
        # Of each of the last events: seconds until it stood, or NaN where it did not.
        self._recent: deque[float] = deque(maxlen=window)

    @property
    def success(self) -> float | None:
        """Share of the last events from which the body stood up; None before the first."""
        if not self._recent:
            return None
        return float(np.mean([seconds == seconds for seconds in self._recent]))

    @property
    def mean_seconds(self) -> float | None:
        """Mean seconds of the recoveries among the last events; None before the first."""
        known = [seconds for seconds in self._recent if seconds == seconds]
        return float(np.mean(known)) if known else None

    def add(self, metrics: Mapping[str, Any]) -> None:
        """Count what an ended episode tells; nothing where it does not tell all three."""
        told = [metrics.get(name) for name in ("turtles", "recovered", "recovery_time")]
        if not all(isinstance(value, (int, float)) for value in told):
            return
        turtles, share, seconds = (float(value or 0.0) for value in told)
        count = round(turtles)
        recovered = round(turtles * share)
        self.events += count
        self._recent.extend([seconds] * recovered)
        self._recent.extend([float("nan")] * (count - recovered))

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs; JSON can hold it."""
        recent = [seconds if seconds == seconds else None for seconds in self._recent]
        return {"events": self.events, "recent": recent}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self.events = int(state.get("events", 0))
        self._recent.clear()
        self._recent.extend(float("nan") if one is None else one for one in state.get("recent", []))

    def _on_step(self) -> bool:
        for agent in np.flatnonzero(self.locals["dones"]):
            metrics = self.locals["infos"][agent].get("metrics")
            if isinstance(metrics, Mapping):
                self.add(metrics)
        return True

    def _on_rollout_end(self) -> None:
        success, seconds = self.success, self.mean_seconds
        if success is None:
            return
        self.logger.record("turtle/events", self.events)
        self.logger.record("turtle/success", success)
        told = ""
        if seconds is not None:
            name, value = (
                ("mean_ticks", seconds * self._rate) if self._rate else ("mean_seconds", seconds)
            )
            self.logger.record(f"turtle/{name}", value)
            told = f", after {value:.1f} {'ticks' if self._rate else 's'} on average"
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every_s
            logger.info(
                "%sturtled %s times; of the last %d stood up again %.0f %%%s",
                f"{self._policy}: " if self._policy else "",
                f"{self.events:,}",
                len(self._recent),
                100.0 * success,
                told,
            )
