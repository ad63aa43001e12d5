"""A step size of the critic's own, in an actor-critic whose one optimiser moves both.

Adam and RMSprop move a weight by the step size times a direction that does not depend on it (Kingma
and Ba 2015, arXiv:1412.6980, algorithm 1). So a critic's step is scaled after it was taken. The
optimiser keeps one group of weights: a checkpoint loads into plain Stable-Baselines3.

Called by `on_policy`.
"""

from __future__ import annotations

from typing import Any

import torch
from stable_baselines3.common.policies import ActorCriticPolicy

_CRITIC = ("value_net", "mlp_extractor.value_net", "lstm_critic", "critic")


def critic_parameters(policy: ActorCriticPolicy) -> list[torch.nn.Parameter]:
    """Return the weights that only the critic has."""
    return [
        parameter
        for name, parameter in policy.named_parameters()
        if name.startswith(_CRITIC) and parameter.requires_grad
    ]


def scale_critic_steps(policy: ActorCriticPolicy, scale: float) -> None:
    """Multiply every step of the critic's weights by a factor.

    Args:
        policy: with its optimiser.
        scale: critic's step size over the policy's; 1 changes nothing.
    """
    weights = critic_parameters(policy)
    before: list[torch.Tensor] = []

    def remember(_optimizer: Any, _args: Any, _kwargs: Any) -> None:
        before[:] = [weight.detach().clone() for weight in weights]

    def rescale(_optimizer: Any, _args: Any, _kwargs: Any) -> None:
        with torch.no_grad():
            for weight, old in zip(weights, before, strict=True):
                weight.copy_(old + scale * (weight - old))

    policy.optimizer.register_step_pre_hook(remember)
    policy.optimizer.register_step_post_hook(rescale)
