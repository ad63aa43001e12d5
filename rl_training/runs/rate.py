"""How fast work goes now, and how long the rest takes: the mean over the last minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0
"""Long enough that updates and evaluations do not make the time left jump."""
_APART_S = 0.5


class Rate:
    """Remembers how much was done when.

    Args:
        done: how much was done before the clock starts.
        clock: seconds, for tests.
    """

    def __init__(self, done: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), done)])

    def update(self, done: int) -> None:
        """Take over how much is done by now."""
        now = self._clock()
        if len(self._seen) > 1 and now - self._seen[-2][0] < _APART_S:
            self._seen.pop()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW_S:
            self._seen.popleft()

    @property
    def per_s(self) -> float | None:
        """Units per second; None before anything was done."""
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        return None if last <= first or now <= began else (last - first) / (now - began)

    def left_s(self, total: int) -> float | None:
        """Return the seconds that the rest of `total` takes; None while that is unknown."""
        rate = self.per_s
        return None if rate is None else max(0, total - self._seen[-1][1]) / rate
