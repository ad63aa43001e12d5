"""A rollout's actions drawn by place: which decision, which agent, never by who asked first.

Called by `free_collection`. All random numbers of a rollout are drawn before it begins, from
torch's generator, whose state is in every checkpoint.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from rl_training.algorithms.acting import LOG_SQRT_TWO_PI, ActorCritic, Floats
from rl_training.protocol.hybrid_box import HybridBox


class Draws(Protocol):
    """The actions of one rollout.

    Attributes:
        log_probs: (steps, agents) float32, filled in as actions are drawn.
    """

    log_probs: Floats

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """Return the (rows, columns) actions of some agents at a decision.

        Args:
            outputs: (rows, n) of the action's layer.
            step: number of the decision in the rollout.
            rows: of the agents.
        """


class GaussianDraws:
    """Means plus noise; the deviation does not depend on the state.

    Args:
        net: whose deviation it is, now.
        steps: decisions of the rollout.
        agents: agents of all engines.
    """

    def __init__(self, net: ActorCritic, steps: int, agents: int) -> None:
        log_std = net.policy.log_std.detach().numpy()
        noise = torch.randn((steps, agents, len(log_std))).numpy()
        self.log_probs: Floats = np.einsum("tac,tac->ta", noise, noise)
        self.log_probs *= np.float32(-0.5)
        self.log_probs -= (log_std + np.float32(LOG_SQRT_TWO_PI)).sum()
        noise *= np.exp(log_std)
        self._noise: Floats = noise

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        outputs += self._noise[step, rows]
        return outputs


class ChoiceDraws:
    """One or several discrete actions, each by the softmax of its logits.

    Args:
        choices: of each action.
        steps: decisions of the rollout.
        agents: agents of all engines.
    """

    def __init__(self, choices: tuple[int, ...], steps: int, agents: int) -> None:
        self._choices = choices
        self._chances = torch.rand((steps, agents, len(choices))).numpy()
        self.log_probs: Floats = np.zeros((steps, agents), np.float32)

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        chances = self._chances[step, rows]
        actions = np.empty(chances.shape, np.int64)
        first = 0
        for column, count in enumerate(self._choices):
            logits = outputs[:, first : first + count]
            actions[:, column], log_prob = _chosen(logits, chances[:, column])
            self.log_probs[step, rows] += log_prob
            first += count
        return actions


class HybridDraws:
    """Continuous values beside choices: means plus noise, and softmax.

    Args:
        net: whose deviation it is, now.
        space: the actions.
        steps: decisions of the rollout.
        agents: agents of all engines.
    """

    def __init__(self, net: ActorCritic, space: HybridBox, steps: int, agents: int) -> None:
        self._space = space
        self._values = GaussianDraws(net, steps, agents)
        self._chances = torch.rand((steps, agents, len(space.choices))).numpy()
        self.log_probs: Floats = self._values.log_probs

    def draw(self, outputs: Floats, step: int, rows: slice) -> npt.NDArray[Any]:
        """See `Draws`."""
        space = self._space
        actions: Floats = np.zeros((len(outputs), *space.shape), np.float32)
        means = outputs[:, space.continuous_outputs]
        actions[:, space.continuous] = self._values.draw(means, step, rows)
        chances = self._chances[step, rows]
        column = 0
        for (field, given), (_, taken) in zip(space.output_spans, space.spans, strict=True):
            if field.kind == "continuous":
                continue
            chosen, log_prob = _chosen(outputs[:, given], chances[:, column])
            self.log_probs[step, rows] += log_prob
            column += 1
            if field.size == 2:
                actions[:, taken.start] = 2 * chosen - 1
            else:
                actions[np.arange(len(outputs)), taken.start + chosen] = 1.0
        return actions


def _chosen(logits: Floats, chances: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Draw a choice for each row, by (n,) numbers in [0, 1).

    Returns:
        (n,) choices, and the logarithms of their probabilities.
    """
    logits = logits - logits.max(axis=1, keepdims=True)
    sums = np.exp(logits).cumsum(axis=1)
    chosen = (sums < chances[:, None] * sums[:, -1:]).sum(axis=1)
    chosen = np.minimum(chosen, logits.shape[1] - 1)
    return chosen, logits[np.arange(len(logits)), chosen] - np.log(sums[:, -1])


def draws_for(net: ActorCritic, steps: int, agents: int) -> Draws | None:
    """Draw a rollout's random numbers; None for a distribution that is not known here."""
    if net.is_gaussian:
        return GaussianDraws(net, steps, agents)
    if net.hybrid is not None:
        return HybridDraws(net, net.hybrid, steps, agents)
    return ChoiceDraws(net.choices, steps, agents) if net.choices else None
