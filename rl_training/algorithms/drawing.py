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
        every = np.arange(len(outputs))
        first = 0
        for column, count in enumerate(self._choices):
            logits = outputs[:, first : first + count]
            logits = logits - logits.max(axis=1, keepdims=True)
            weights = np.exp(logits)
            sums = weights.cumsum(axis=1)
            chosen = (sums < chances[:, column : column + 1] * sums[:, -1:]).sum(axis=1)
            actions[:, column] = np.minimum(chosen, count - 1)
            self.log_probs[step, rows] += logits[every, actions[:, column]] - np.log(sums[:, -1])
            first += count
        return actions


def draws_for(net: ActorCritic, steps: int, agents: int) -> Draws | None:
    """Draw a rollout's random numbers; None for a distribution that is not known here."""
    if net.is_gaussian:
        return GaussianDraws(net, steps, agents)
    return ChoiceDraws(net.choices, steps, agents) if net.choices else None
