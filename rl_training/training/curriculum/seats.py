"""Which episodes are a lesson's, in the order in which they began. Called by `lessons`.

A value takes effect with an arena's next episode, so the first end of an agent after a lesson began
in mid-run is of the lesson before. And short episodes end first: where success is quick and failure
slow, the first hundred ends are all successes, wave after wave. So an episode counts when all have
ended that began before it: of those, none is missing for being long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rl_training.training.party.frozen_seats import PLAYED_BY

_OLD = -1  # of a running episode that began before the lesson, or whose end nobody waits for


class Outcome(NamedTuple):
    """What an episode told.

    Attributes:
        value: of the lesson's measure; None: it does not tell it.
        tellable: names of what it tells instead; empty where it tells the measure.
    """

    value: float | None
    tellable: tuple[str, ...] = ()


class Seats:
    """The agents whose episodes count."""

    def __init__(self) -> None:
        # Numbers of running episodes, rising as they began: of each agent, and of all together.
        self._running: dict[str, list[int]] = {}
        self._awaited: dict[int, None] = {}
        self._ended: dict[int, Outcome] = {}
        self._next = 0
        self._first = 0

    @property
    def waiting(self) -> int:
        """Episodes that have ended and wait for longer ones that began before them."""
        return len(self._ended)

    @property
    def agents(self) -> int:
        """Agents of all policies."""
        return sum(map(len, self._running.values()))

    def open(self, policy: str, agents: int) -> None:
        """Learning begins: all agents of a policy begin an episode, whatever they did before."""
        self.close(policy)
        self._running[policy] = [self._begin() for _ in range(agents)]

    def close(self, policy: str) -> None:
        """A policy's episodes do not count: nobody waits for them."""
        for number in self._running.pop(policy, ()):
            self._awaited.pop(number, None)

    def begin(self, agents: Mapping[str, int]) -> None:
        """A lesson begins in the middle of episodes.

        Args:
            agents: of each policy whose episodes count in it.
        """
        self._running = {policy: [_OLD] * count for policy, count in agents.items()}
        self._awaited.clear()
        self._ended.clear()
        self._first = self._next

    def end(self, policy: str, agent: int, outcome: Outcome | None) -> None:
        """An agent ended an episode, and begins another.

        Args:
            policy: of the agent.
            agent: its row.
            outcome: what the episode told; None: it does not count.
        """
        running = self._running.get(policy)
        if running is None:
            return
        number = running[agent]
        if number in self._awaited:
            del self._awaited[number]
            if outcome is not None:
                self._ended[number] = outcome
        running[agent] = self._begin()

    def settled(self) -> Iterator[Outcome]:
        """Yield episodes that no earlier one is missing before, in the order in which they began.

        Each is told once.
        """
        limit = next(iter(self._awaited), self._next)
        while self._first < limit:
            outcome = self._ended.pop(self._first, None)
            self._first += 1
            if outcome is not None:
                yield outcome

    def forget_absent(self, policy: str, infos: Sequence[Mapping[str, Any]]) -> None:
        """Wait no longer for agents that are not in the scene, or that an opponent plays.

        Args:
            policy: whose agents.
            infos: of their last decision.
        """
        for number, info in zip(self._running.get(policy, ()), infos, strict=False):
            if "absent" in info or PLAYED_BY in info:
                self._awaited.pop(number, None)

    def forget_longest(self) -> None:
        """Wait no longer for those that began before all that have ended."""
        earliest = min(self._ended, default=self._first)
        for number in [number for number in self._awaited if number < earliest]:
            del self._awaited[number]

    def _begin(self) -> int:
        number = self._next
        self._next += 1
        self._awaited[number] = None
        return number
