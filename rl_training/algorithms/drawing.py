"""Draws all random numbers of a rollout before it begins, from torch's generator.

Called by `free_collection` and `free_replay`. The generator's state is in every checkpoint; how the
numbers become actions is `envs.playing.draws`' and `envs.playing.exploring`'s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from rl_training.algorithms.acting import ActorCritic, Explorer
from rl_training.envs.playing.draws import ChoiceDraws, Draws, GaussianDraws, HybridDraws
from rl_training.envs.playing.exploring import GreedyDraws, NoisyDraws, SquashedDraws

__all__ = [
    "ChoiceDraws",
    "Draws",
    "GaussianDraws",
    "GreedyDraws",
    "HybridDraws",
    "NoisyDraws",
    "SquashedDraws",
    "draws_for",
    "explored",
]


def draws_for(net: ActorCritic, steps: int, agents: int) -> Draws | None:
    """Draw a rollout's random numbers; None for a distribution that is not known here.

    Args:
        net: who acts; a Gaussian's deviation is the one of now.
        steps: decisions of the rollout.
        agents: agents of all engines.
    """
    if net.is_gaussian:
        return _gaussian(net, steps, agents)
    if net.hybrid is not None:
        values = _gaussian(net, steps, agents)
        chances = torch.rand((steps, agents, len(net.hybrid.choices))).numpy()
        return HybridDraws(net.hybrid, values, chances)
    if net.choices:
        return ChoiceDraws(net.choices, torch.rand((steps, agents, len(net.choices))).numpy())
    return None


def explored(
    net: Explorer,
    agents: int,
    columns: int,
    rates: Sequence[float],
    noise: float | None,
) -> Draws:
    """Draw the random numbers of some decisions of an off-policy learner.

    Args:
        net: who acts.
        agents: agents of all engines.
        columns: of an action; of a "greedy" one: its choices.
        rates: of each decision, the share of random actions; where the policy is not "greedy", 1
            for decisions that are random, which come first, then 0.
        noise: deviation of what is added to "bounded" actions.
    """
    steps = len(rates)
    if net.kind == "greedy":
        chances = torch.rand((steps, agents)).numpy()
        choices = torch.randint(columns, (steps, agents)).numpy()
        return GreedyDraws(np.where(chances < np.array(rates)[:, None], choices, -1))
    numbers = torch.randn((steps, agents, columns)).numpy()
    random = int(sum(rates))
    if net.kind == "bounded":
        numbers *= np.float32(noise or 0.0)
    numbers[:random] = 2.0 * torch.rand((random, agents, columns)).numpy() - 1.0
    return (SquashedDraws if net.kind == "squashed" else NoisyDraws)(numbers, random)


def _gaussian(net: ActorCritic, steps: int, agents: int) -> GaussianDraws:
    log_std = net.policy.log_std.detach().numpy()
    return GaussianDraws(log_std, torch.randn((steps, agents, len(log_std))).numpy())
