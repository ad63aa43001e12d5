"""PPO and the other learners that learn from a rollout and drop it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar, cast

from gymnasium import spaces
from sb3_contrib import TRPO, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.collection import CollectingPPO, OnPolicyCollecting, collecting
from rl_training.algorithms.critic_first import learn_critic_first
from rl_training.algorithms.critic_rate import scale_critic_steps
from rl_training.algorithms.devices import update_device
from rl_training.algorithms.hybrid_policy import hybrid_policy
from rl_training.algorithms.sb3_learner import SB3Learner, constant
from rl_training.config.algorithms import (
    A2CSettings,
    AlgorithmSettings,
    MaskablePPOSettings,
    PPOSettings,
    RecurrentPPOSettings,
    TRPOSettings,
)
from rl_training.errors import ActionSpaceError

MIN_ROLLOUT_STEPS = 16
"""An agent's shortest rollout when the length is chosen for a short run."""

Clipped = PPOSettings | MaskablePPOSettings | RecurrentPPOSettings
Sized = Clipped | TRPOSettings


def rollout_shape(settings: Sized, num_agents: int, timesteps: int) -> tuple[int, int]:
    """Choose the rollout's length and the batch size for so many agents.

    A run gets at least four rollouts, so a short one neither overshoots its timesteps by far nor
    ends without having learned. Batches divide the rollout evenly.

    Returns:
        (n_steps, batch_size)
    """
    n_steps = settings.n_steps
    if n_steps is None:
        per_agent = min(settings.rollout_size, math.ceil(timesteps / 4)) / num_agents
        n_steps = max(MIN_ROLLOUT_STEPS, round(per_agent))
        batches = max(1, round(n_steps * num_agents / settings.batch_size))
        n_steps = max(1, round(n_steps / batches)) * batches
    rollout = n_steps * num_agents
    batches = max(1, round(rollout / settings.batch_size))
    return n_steps, math.ceil(rollout / batches)


class _OnPolicyLearner(SB3Learner):
    """What learners with a rollout share."""

    recurrent: ClassVar[bool] = False

    def policy_name(self) -> str | type[BasePolicy]:
        """See `SB3Learner`. Discrete beside continuous actions are drawn as what they are."""
        seen, done = self.env.observation_space, self.env.action_space
        name = hybrid_policy(seen, done, recurrent=self.recurrent) or super().policy_name()
        if isinstance(name, str) and self.recurrent:
            return name.replace("Policy", "LstmPolicy")
        return name

    def policy_kwargs(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        return {**super().policy_kwargs(), "log_std_init": self._config.actions.log_std_init}

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings: Any = self._config.algorithm
        return {
            "learning_rate": self.rate(),
            "gamma": settings.gamma,
            "gae_lambda": settings.gae_lambda,
        }

    def shape(self) -> tuple[int, int]:
        """Return the rollout's length and the batch size."""
        settings = cast(Sized, self._config.algorithm)
        return rollout_shape(settings, self.env.num_envs, self._config.training.timesteps)

    def make(self) -> BaseAlgorithm:
        """See `SB3Learner`."""
        return self._collecting(super().make())

    def restore(self, start: Path) -> None:
        """See `SB3Learner`."""
        super().restore(start)
        self._collecting(self.model)

    def _collecting(self, model: BaseAlgorithm) -> BaseAlgorithm:
        settings: Any = self._config.algorithm
        if isinstance(model, OnPolicyCollecting):
            model.collection = settings.collection
            model.stale_rollouts = self._config.cluster.stale_rollouts
            model.learns_on = update_device(self._config.training.device)
        rate = getattr(settings, "critic_learning_rate", None)
        if rate is not None and rate != settings.learning_rate:
            scale_critic_steps(cast(Any, model.policy), rate / settings.learning_rate)
        if getattr(settings, "critic_first", 0) > 0:
            learn_critic_first(cast(OnPolicyAlgorithm, model), settings.critic_first)
        return model


class PPOLearner(_OnPolicyLearner):
    """Proximal policy optimisation."""

    settings: ClassVar[type[AlgorithmSettings]] = PPOSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return CollectingPPO

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(Clipped, self._config.algorithm)
        n_steps, batch_size = self.shape()
        return {
            **super().changeable(),
            "n_steps": n_steps,
            "batch_size": batch_size,
            "n_epochs": settings.n_epochs,
            "clip_range": constant(settings.clip_range),
            "ent_coef": settings.ent_coef,
            "vf_coef": settings.vf_coef,
            "max_grad_norm": settings.max_grad_norm,
            "target_kl": settings.target_kl,
        }

    def describe(self) -> str:
        """See `Learner`."""
        settings = cast(Clipped, self._config.algorithm)
        n_steps, batch_size = self.shape()
        return (
            f"{self._config.algorithm.name.upper().replace('_', ' ')}: rollouts of {n_steps} x "
            f"{self.env.num_envs} decisions, batches of {batch_size}, {settings.n_epochs} epochs"
        )


class MaskablePPOLearner(PPOLearner):
    """PPO that asks each agent for the choices that are allowed.

    Controllers define `action_masks() -> Array` (docs/addon.md); they are asked once a decision.
    """

    settings: ClassVar[type[AlgorithmSettings]] = MaskablePPOSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return MaskablePPO

    def policy_kwargs(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        return SB3Learner.policy_kwargs(self)

    def prepared(self, env: VecEnv) -> VecEnv:
        """See `SB3Learner`."""
        if not isinstance(env.action_space, (spaces.Discrete, spaces.MultiDiscrete)):
            raise ActionSpaceError(
                f"maskable_ppo learns discrete actions only; the scene's are {env.action_space}: "
                "use ppo"
            )
        return env

    def learn_arguments(self) -> dict[str, Any]:
        """See `SB3Learner`.

        Raises:
            ActionSpaceError: the agents give no masks.
        """
        if not self.env.has_attr("action_masks"):
            raise ActionSpaceError(
                "maskable_ppo needs agents that define action_masks() -> Array, which these do "
                "not; define it, or use ppo"
            )
        return {"use_masking": True}


class RecurrentPPOLearner(PPOLearner):
    """PPO with an LSTM before its layers."""

    settings: ClassVar[type[AlgorithmSettings]] = RecurrentPPOSettings
    recurrent: ClassVar[bool] = True

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return RecurrentPPO

    def policy_kwargs(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(RecurrentPPOSettings, self._config.algorithm)
        return {
            **super().policy_kwargs(),
            "lstm_hidden_size": settings.lstm_hidden_size,
            "n_lstm_layers": settings.n_lstm_layers,
        }


class A2CLearner(_OnPolicyLearner):
    """Advantage actor-critic: one gradient step a rollout."""

    settings: ClassVar[type[AlgorithmSettings]] = A2CSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(A2C)

    def fixed(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(A2CSettings, self._config.algorithm)
        return {
            "use_rms_prop": settings.use_rms_prop,
            "normalize_advantage": settings.normalize_advantage,
        }

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(A2CSettings, self._config.algorithm)
        return {
            **super().changeable(),
            "n_steps": self._length(),
            "ent_coef": settings.ent_coef,
            "vf_coef": settings.vf_coef,
            "max_grad_norm": settings.max_grad_norm,
        }

    def learn_arguments(self) -> dict[str, Any]:
        """See `SB3Learner`: about as many lines of metrics as PPO writes."""
        settings = cast(A2CSettings, self._config.algorithm)
        rollout = self._length() * self.env.num_envs
        apart = min(settings.rollout_size, self._config.training.timesteps // 4)
        return {"log_interval": max(1, apart // rollout)}

    def describe(self) -> str:
        """See `Learner`."""
        return f"A2C: rollouts of {self._length()} x {self.env.num_envs} decisions"

    def _length(self) -> int:
        settings = cast(A2CSettings, self._config.algorithm)
        chosen = max(2, round(settings.rollout_size / self.env.num_envs))
        return chosen if settings.n_steps is None else settings.n_steps


class TRPOLearner(_OnPolicyLearner):
    """Trust region policy optimisation."""

    settings: ClassVar[type[AlgorithmSettings]] = TRPOSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(TRPO)

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(TRPOSettings, self._config.algorithm)
        n_steps, batch_size = self.shape()
        return {
            **super().changeable(),
            "n_steps": n_steps,
            "batch_size": batch_size,
            "target_kl": settings.target_kl,
            "cg_max_steps": settings.cg_max_steps,
            "cg_damping": settings.cg_damping,
            "n_critic_updates": settings.n_critic_updates,
        }

    def describe(self) -> str:
        """See `Learner`."""
        n_steps, batch_size = self.shape()
        return (
            f"TRPO: rollouts of {n_steps} x {self.env.num_envs} decisions, batches of "
            f"{batch_size} for the value network"
        )
