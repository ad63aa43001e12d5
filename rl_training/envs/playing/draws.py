"""A rollout's actions drawn by place: which decision, which agent, never by who asked first.

All random numbers are given when a rollout begins (`algorithms.drawing` takes them from torch's
generator, whose state is in every checkpoint); here they become actions.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from rl_training.envs.playing.layers import Floats
from rl_training.protocol.hybrid_box import HybridBox

LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class Draws(Protocol):
    """The actions of one rollout; can be pickled.

    Attributes:
        log_probs: (steps, agents) float32, filled in as actions are drawn; (0, agents): nobody
            asks for them.
    """

    log_probs: Floats

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """Return the (rows, columns) actions of some agents at a decision.

        Args:
            outputs: (rows, n) of the action's layer.
            step: number of the decision in the rollout.
            rows: of the agents.
        """

    def part(self, rows: slice) -> Self:
        """Return the draws of some agents, who are numbered from 0 there."""


class GaussianDraws:
    """Means plus noise; the deviation does not depend on the state.

    Args:
        log_std: (columns,) logarithm of the deviation.
        noise: (steps, agents, columns) of a standard normal distribution; changed in place.
    """

    def __init__(self, log_std: Floats, noise: Floats) -> None:
        self.log_probs: Floats = np.einsum("tac,tac->ta", noise, noise)
        self.log_probs *= np.float32(-0.5)
        self.log_probs -= (log_std + np.float32(LOG_SQRT_TWO_PI)).sum()
        noise *= np.exp(log_std)
        self._noise: Floats = noise

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        outputs += self._noise[step, rows]
        return outputs

    def part(self, rows: slice) -> Self:
        """See `Draws`."""
        made = type(self).__new__(type(self))
        made._noise = np.ascontiguousarray(self._noise[:, rows])
        made.log_probs = self.log_probs[:, rows].copy()
        return made


class ChoiceDraws:
    """One or several discrete actions, each by the softmax of its logits.

    Args:
        choices: of each action.
        chances: (steps, agents, actions) in [0, 1).
    """

    def __init__(self, choices: tuple[int, ...], chances: Floats) -> None:
        self._choices = choices
        self._chances = chances
        self.log_probs: Floats = np.zeros(chances.shape[:2], np.float32)

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        chances = self._chances[step, rows]
        actions = np.empty(chances.shape, np.int64)
        log_probs = np.zeros(len(chances), np.float32)
        first = 0
        for column, count in enumerate(self._choices):
            logits = outputs[:, first : first + count]
            actions[:, column], log_prob = chosen(logits, chances[:, column])
            log_probs += log_prob
            first += count
        self.log_probs[step, rows] = log_probs
        return actions

    def part(self, rows: slice) -> Self:
        """See `Draws`."""
        return type(self)(self._choices, np.ascontiguousarray(self._chances[:, rows]))


class HybridDraws:
    """Continuous values beside choices: means plus noise, and softmax.

    Args:
        space: the actions.
        values: draws of the continuous ones.
        chances: (steps, agents, choices) in [0, 1).
    """

    def __init__(self, space: HybridBox, values: GaussianDraws, chances: Floats) -> None:
        self._space = space
        self._values = values
        self._chances = chances
        # What the values' noise has; the choices add theirs when they are drawn.
        self._of_values = values.log_probs
        self.log_probs: Floats = values.log_probs.copy()

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        space = self._space
        actions: Floats = np.zeros((len(outputs), *space.shape), np.float32)
        means = outputs[:, space.continuous_outputs]
        actions[:, space.continuous] = self._values.draw(means, step, rows)
        chances = self._chances[step, rows]
        log_probs = self._of_values[step, rows].copy()
        column = 0
        for (field, given), (_, taken) in zip(space.output_spans, space.spans, strict=True):
            if field.kind == "continuous":
                continue
            choice, log_prob = chosen(outputs[:, given], chances[:, column])
            log_probs += log_prob
            column += 1
            if field.size == 2:
                actions[:, taken.start] = 2 * choice - 1
            else:
                actions[np.arange(len(outputs)), taken.start + choice] = 1.0
        self.log_probs[step, rows] = log_probs
        return actions

    def part(self, rows: slice) -> Self:
        """See `Draws`."""
        chances = np.ascontiguousarray(self._chances[:, rows])
        return type(self)(self._space, self._values.part(rows), chances)


def chosen(logits: Floats, chances: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Draw a choice for each row, by (n,) numbers in [0, 1).

    Returns:
        (n,) choices, and the logarithms of their probabilities.
    """
    logits = logits - logits.max(axis=1, keepdims=True)
    sums = np.exp(logits).cumsum(axis=1)
    choices = (sums < chances[:, None] * sums[:, -1:]).sum(axis=1)
    choices = np.minimum(choices, logits.shape[1] - 1)
    return choices, logits[np.arange(len(logits)), choices] - np.log(sums[:, -1])
