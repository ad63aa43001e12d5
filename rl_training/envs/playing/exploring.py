"""How actors of off-policy learners explore: their actions in a chunk of decisions, drawn by place.

As in `draws`: all random numbers are given when it begins. Nobody asks for probabilities here, so
none are noted. The first decisions of a run may be random: they ask no policy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from rl_training.envs.playing.layers import Floats

# Bounds of SAC's and TQC's log standard deviation (sac/policies.py LOG_STD_MIN, LOG_STD_MAX).
_LOG_STD_BOUNDS = (-20.0, 2.0)


def squashed(outputs: Floats, noise: Floats) -> Floats:
    """Return (n, columns) actions in [-1, 1]: tanh of means plus scaled noise.

    Haarnoja et al., "Soft Actor-Critic Algorithms and Applications" (2018), appendix C.

    Args:
        outputs: (n, 2 * columns), the means, then the logarithms of the deviations.
        noise: (n, columns) of a standard normal distribution.
    """
    columns = noise.shape[1]
    deviations = np.exp(np.clip(outputs[:, columns:], *_LOG_STD_BOUNDS))
    actions: Floats = np.tanh(outputs[:, :columns] + noise * deviations)
    return actions


class _Explored(ABC):
    """Actions of which nobody asks how probable they were.

    Attributes:
        log_probs: (0, agents).
    """

    def __init__(self, agents: int) -> None:
        self.log_probs: Floats = np.zeros((0, agents), np.float32)

    @abstractmethod
    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""

    @abstractmethod
    def part(self, rows: slice) -> Self:
        """See `Draws`."""


class _InBounds(_Explored):
    """Continuous actions in [-1, 1].

    Args:
        numbers: (decisions, agents, columns): actions of the random decisions, then noise.
        random: so many decisions at the beginning are random.
    """

    def __init__(self, numbers: Floats, random: int) -> None:
        super().__init__(numbers.shape[1])
        self._numbers, self._random = numbers, random

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        numbers = self._numbers[step, rows]
        return numbers if step < self._random else self._explored(outputs, numbers)

    def part(self, rows: slice) -> Self:
        """See `Draws`."""
        return type(self)(np.ascontiguousarray(self._numbers[:, rows]), self._random)

    @abstractmethod
    def _explored(self, outputs: Floats, numbers: Floats) -> Floats: ...


class SquashedDraws(_InBounds):
    """Of SAC, TQC and CrossQ: a squashed Gaussian; the noise is of a standard normal one."""

    def _explored(self, outputs: Floats, numbers: Floats) -> Floats:
        return squashed(outputs, numbers)


class NoisyDraws(_InBounds):
    """Of TD3 and DDPG: what the policy gives plus the noise, clipped."""

    def _explored(self, outputs: Floats, numbers: Floats) -> Floats:
        actions: Floats = np.clip(outputs + numbers, np.float32(-1.0), np.float32(1.0))
        return actions


class GreedyDraws(_Explored):
    """Of DQN: the choice of the largest value, or a random one.

    Args:
        forced: (decisions, agents) int64, the random choices; -1: the policy chooses.
    """

    def __init__(self, forced: npt.NDArray[np.int64]) -> None:
        super().__init__(forced.shape[1])
        self._forced = forced

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        forced = self._forced[step, rows]
        return np.where(forced < 0, outputs.argmax(axis=1), forced)[:, None]

    def part(self, rows: slice) -> Self:
        """See `Draws`."""
        return type(self)(np.ascontiguousarray(self._forced[:, rows]))
