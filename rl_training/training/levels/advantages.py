"""What a rollout's advantages say of each episode in it: an estimate of its level's regret.

Called by `callback` at a rollout's end. An episode that goes on beyond a rollout is summed up over
several; the advantages are those of the rollout that each of its decisions was in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Score = Literal["positive", "magnitude"]


class EpisodeAdvantages:
    """Means of the advantages over episodes.

    Args:
        agents: rows of a rollout.
        score: "positive": of the positive part (positive value loss); "magnitude": of the absolute
            value (the L1 value loss of prioritised level replay).
    """

    def __init__(self, agents: int, score: Score = "positive") -> None:
        self._score = score
        self._sums = np.zeros(agents)
        self._decisions = np.zeros(agents, np.int64)

    def forget(self) -> None:
        """Episodes begin anew: nothing of those under way counts."""
        self._sums[:] = 0.0
        self._decisions[:] = 0

    def take(self, advantages: NDArray[Any], ends: Sequence[tuple[int, int]]) -> list[float]:
        """Return the score of every episode that ended in a rollout.

        Args:
            advantages: (decisions, agents), not normalised.
            ends: decision and agent of each end, by rising decision.
        """
        taken = np.abs(advantages) if self._score == "magnitude" else np.maximum(advantages, 0.0)
        # Sums up to each decision, that included.
        total = np.cumsum(taken, axis=0, dtype=np.float64)
        counted, begun = np.zeros(len(self._sums)), np.zeros(len(self._sums), np.int64)
        scores = []
        for decision, agent in ends:
            summed = self._sums[agent] + total[decision, agent] - counted[agent]
            length = self._decisions[agent] + decision + 1 - begun[agent]
            scores.append(float(summed) / int(length))
            counted[agent], begun[agent] = total[decision, agent], decision + 1
            self._sums[agent], self._decisions[agent] = 0.0, 0
        self._sums += total[-1] - counted
        self._decisions += len(advantages) - begun
        return scores
