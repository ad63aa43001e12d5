"""A physics tick that takes longer than the budget of a frame."""

from __future__ import annotations

from rl_training.exploration.findings import Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment

_SETTLING = 2  # first decisions of an episode, in which a game builds its level


class SlowTick:
    """The longest tick of a decision is over the calibrated threshold.

    Times are noisy, and arenas of one engine share them: so it is never certain. `confirm` plays
    the episode again several times and takes the shortest time.
    """

    def __init__(self, limits: Limits) -> None:
        self._slow_ms = limits.slow_ms
        self._budget_ms = limits.budget_ms
        self._told: set[str] = set()

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        if self._budget_ms <= 0.0 or moment.tick_ms <= self._slow_ms:
            return []
        if moment.decision < _SETTLING:
            return []
        where = moment.cells[0] if moment.cells else ""
        if where in self._told:
            return []
        self._told.add(where)
        message = f"a physics tick takes longer than {self._budget_ms:g} ms"
        data = {"ms": round(moment.tick_ms, 3), "budget_ms": self._budget_ms, "cell": where}
        return [
            Sighting(
                "slow_frame",
                message,
                moment.decision,
                data=data,
                certain=False,
                weight=moment.tick_ms,
            )
        ]
