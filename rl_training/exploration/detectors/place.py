"""Where the agent is: out of the world, or in a place that it does not leave."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.findings import Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment

_LASTS = 2  # decisions for which an agent has to be outside


class OutOfWorld:
    """The addon says that a body is below or far from everything solid (`explore.outside`)."""

    def __init__(self) -> None:
        self._outside: dict[int, int] = {}
        self._told: set[int] = set()

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        found = []
        for agent, facts in enumerate(moment.facts):
            reason = str(facts.get("outside", ""))
            self._outside[agent] = self._outside.get(agent, 0) + 1 if reason else 0
            if self._outside[agent] >= _LASTS and agent not in self._told:
                self._told.add(agent)
                place = facts.get("place")
                data = {} if place is None else {"place": [round(float(x), 3) for x in place]}
                message = f"agent {agent} is out of the world, {reason}"
                found.append(
                    Sighting("out_of_world", message, moment.decision, where=str(agent), data=data)
                )
        return found


class Stuck:
    """A body stays within a small place for many decisions.

    That alone proves nothing: the agent may want to stay. So it is not certain, and `confirm` comes
    back to the place and tries to get away.
    """

    def __init__(self, limits: Limits) -> None:
        self._radius = limits.stuck_radius
        self._count = limits.stuck_decisions
        self._places: dict[int, deque[NDArray[np.float64]]] = {}
        self._told: set[str] = set()

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        if self._radius <= 0.0:
            return []
        found = []
        for agent, place in enumerate(moment.places):
            if place is None or moment.ended:
                continue
            window = self._places.setdefault(agent, deque(maxlen=self._count))
            window.append(place)
            if len(window) < self._count or not self._is_small(window):
                continue
            where = f"{agent}:" + ",".join(
                str(round(float(x) / (4.0 * self._radius))) for x in place
            )
            if where not in self._told:
                self._told.add(where)
                found.append(
                    Sighting(
                        kind="stuck",
                        message=f"agent {agent} does not get away from a place",
                        decision=moment.decision,
                        where=where,
                        data={"place": [round(float(x), 3) for x in place]},
                        certain=False,
                    )
                )
        return found

    def _is_small(self, window: deque[NDArray[np.float64]]) -> bool:
        places = np.asarray(window)
        return bool(np.linalg.norm(places - places[-1], axis=1).max() <= self._radius)
