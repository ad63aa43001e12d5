"""Actor-critic policies that draw discrete actions beside continuous ones as what they are.

The on-policy learners take them for a scene whose action space is a `HybridBox`. Checkpoints name
these classes: they keep their place and their names. Without them a `HybridBox` is any Box: scores
drawn from Gaussians, of which the largest counts.
"""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import (
    RecurrentActorCriticPolicy,
    RecurrentMultiInputActorCriticPolicy,
)
from stable_baselines3.common.policies import (
    ActorCriticPolicy,
    MultiInputActorCriticPolicy,
)

from rl_training.algorithms.hybrid_distribution import HybridDistribution
from rl_training.errors import ActionSpaceError
from rl_training.protocol.hybrid_box import HybridBox


class _Hybrid(ActorCriticPolicy):
    """Puts the distribution in the place of SB3's, before the layers are made."""

    def _build(self, lr_schedule: Any) -> None:
        if not isinstance(self.action_space, HybridBox):
            raise ActionSpaceError(
                f"{type(self).__name__} is for continuous beside discrete actions; "
                f"these are {self.action_space}: use MultiInputPolicy"
            )
        if self.use_sde:
            raise ActionSpaceError(
                "state dependent exploration (use_sde) knows no discrete actions: leave it out"
            )
        self.action_dist = HybridDistribution(self.action_space)
        super()._build(lr_schedule)


class HybridPolicy(_Hybrid):
    """For one vector."""


class HybridMultiInputPolicy(_Hybrid, MultiInputActorCriticPolicy):
    """For a dictionary of observations."""


class HybridLstmPolicy(_Hybrid, RecurrentActorCriticPolicy):
    """For one vector, with an LSTM."""


class HybridMultiInputLstmPolicy(_Hybrid, RecurrentMultiInputActorCriticPolicy):
    """For a dictionary of observations, with an LSTM."""


def hybrid_policy(
    observations: spaces.Space[Any], actions: spaces.Space[Any], *, recurrent: bool = False
) -> type[ActorCriticPolicy] | None:
    """Return the policy's class for a scene; None when it has actions of one kind only.

    Args:
        observations: its observation space.
        actions: its action space.
        recurrent: with an LSTM.
    """
    if not isinstance(actions, HybridBox):
        return None
    if isinstance(observations, spaces.Dict):
        return HybridMultiInputLstmPolicy if recurrent else HybridMultiInputPolicy
    return HybridLstmPolicy if recurrent else HybridPolicy
