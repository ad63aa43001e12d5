"""Which episodes belong to a lesson: those that began in it. Called by `lessons`.

A value takes effect with an arena's next episode, so the first end of an agent after a lesson began
in mid-run is of the lesson before. And the first episodes to end are the short ones: where success
is quick and failure slow, they are all successes. So it is also known who has not ended one yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Seats:
    """The agents of the policies that learn, as one parameter's lesson sees them."""

    def __init__(self) -> None:
        self._old: dict[str, NDArray[np.bool_]] = {}
        self._awaited: dict[str, NDArray[np.bool_]] = {}

    def open(self, policy: str, agents: int) -> None:
        """Learning begins: all agents of a policy begin an episode, whatever they did before."""
        self._old[policy] = np.zeros(agents, np.bool_)
        self._awaited[policy] = np.ones(agents, np.bool_)

    def close(self, policy: str) -> None:
        """A policy learns no more: nothing is known of its agents' episodes from now on."""
        self._old.pop(policy, None)
        self._awaited.pop(policy, None)

    def begin(self) -> None:
        """A lesson begins in the middle of episodes."""
        for flags in (*self._old.values(), *self._awaited.values()):
            flags[:] = True

    def end(self, policy: str, agent: int) -> bool:
        """An agent ended an episode; return whether that began in the lesson."""
        old = self._old[policy]
        if old[agent]:
            old[agent] = False
            return False
        self._awaited[policy][agent] = False
        return True

    def forget_absent(self, policy: str, infos: Sequence[Mapping[str, Any]]) -> None:
        """Wait no longer for agents that are not in the scene.

        Args:
            policy: whose agents.
            infos: of their last decision.
        """
        awaited = self._awaited[policy]
        for agent in np.flatnonzero(awaited).tolist():
            if "absent" in infos[agent]:
                awaited[agent] = False

    def awaited(self, policy: str | None) -> int:
        """Return how many agents of a policy, or of all, are awaited."""
        return sum(
            int(flags.sum())
            for name, flags in self._awaited.items()
            if policy is None or name == policy
        )

    def agents(self, policy: str | None) -> int:
        """Return how many agents a policy, or all together, have."""
        return sum(
            len(flags) for name, flags in self._awaited.items() if policy is None or name == policy
        )
