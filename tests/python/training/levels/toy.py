"""A learner without an engine: it learns from a level only where it sometimes succeeds.

Levels are as hard as their number says. A policy of skill s solves a level of difficulty d with
probability 1 / (1 + exp((d - s) / width)), and an episode raises s by what there is to learn from
it, p(1-p). Few levels are near the frontier, so who plays them learns faster.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rl_training.training.levels.known import Played
from rl_training.training.levels.samplers import LevelSampler

WIDTH = 0.08
RATE = 0.0012
ARENAS = 32


def difficulty(levels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how hard levels are, each of [0, 1) alike."""
    return levels % 100_003 / 100_003


class Toy:
    """See above.

    Args:
        seed: of the outcomes.
    """

    def __init__(self, seed: int = 0) -> None:
        self.skill = 0.0
        self.timesteps = 0
        self._random = np.random.default_rng(seed)

    def solved(self, levels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probability of success on each level."""
        gap = np.clip((difficulty(levels) - self.skill) / WIDTH, -50.0, 50.0)
        return 1.0 / (1.0 + np.exp(gap))

    def play(self, levels: NDArray[np.int64]) -> list[Played]:
        """Play an episode of each level at once, and learn from them."""
        p = self.solved(levels)
        successes = self._random.random(len(levels)) < p
        # What a critic that knows p would call the positive part of the advantage.
        scores = np.maximum(successes - p, 0.0)
        self.skill += RATE * float((p * (1.0 - p)).sum())
        self.timesteps += 100 * len(levels)
        rows: Sequence[tuple[int, bool, float]] = list(
            zip(levels.tolist(), successes.tolist(), scores.tolist(), strict=True)
        )
        return [Played(level, success, score) for level, success, score in rows]

    def train(self, sampler: LevelSampler, rollouts: int) -> list[float]:
        """Return the skill after each rollout of one episode an arena."""
        curve = []
        for _ in range(rollouts):
            sampler.record(self.play(sampler.draw(ARENAS, self.timesteps)), self.timesteps)
            curve.append(self.skill)
        return curve
