"""Draws all random numbers of a rollout before it begins, from torch's generator.

Called by `free_collection`. The generator's state is in every checkpoint; how the numbers become
actions is `envs.playing.draws`'.
"""

from __future__ import annotations

import torch

from rl_training.algorithms.acting import ActorCritic
from rl_training.envs.playing.draws import ChoiceDraws, Draws, GaussianDraws, HybridDraws

__all__ = ["ChoiceDraws", "Draws", "GaussianDraws", "HybridDraws", "draws_for"]


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


def _gaussian(net: ActorCritic, steps: int, agents: int) -> GaussianDraws:
    log_std = net.policy.log_std.detach().numpy()
    return GaussianDraws(log_std, torch.randn((steps, agents, len(log_std))).numpy())
