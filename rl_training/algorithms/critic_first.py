"""The critic alone learns at first, for a policy that was learned elsewhere.

A cloned policy comes with a critic that knows the demonstrations at most. Its first advantages are
noise, and what PPO makes of them spoils the policy before the critic has learned. So its weights
rest until the critic has seen some rollouts.

Called by `on_policy`.
"""

from __future__ import annotations

from typing import Any

from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from rl_training.algorithms.critic_rate import critic_parameters


def learn_critic_first(model: OnPolicyAlgorithm, timesteps: int) -> None:
    """Leave the weights that act as they are until a run is so long.

    Args:
        model: with its policy and optimiser. The optimiser skips what has no gradient, and keeps no
            moments of it either.
        timesteps: decisions of all agents; until then updates move the critic only.
    """
    critic = {id(weight) for weight in critic_parameters(model.policy)}
    acting = [weight for weight in model.policy.parameters() if id(weight) not in critic]

    def rest(_optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if model.num_timesteps <= timesteps:
            for weight in acting:
                weight.grad = None

    model.policy.optimizer.register_step_pre_hook(rest)
