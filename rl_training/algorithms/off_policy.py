"""SAC and the other learners that keep what was collected in a replay buffer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from gymnasium import spaces
from sb3_contrib import TQC, CrossQ
from stable_baselines3 import DQN, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import TrainFreq, TrainFrequencyUnit
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.collection import OffPolicyCollecting, collecting
from rl_training.algorithms.free_rollout import plays_whole_rollouts
from rl_training.algorithms.regular_critic import RegularMultiInputPolicy, RegularPolicy
from rl_training.algorithms.replay_learner import ReplayLearner
from rl_training.algorithms.sb3_learner import require_box
from rl_training.checkpoints.replay_buffer import load_replay_buffer, save_replay_buffer
from rl_training.config.algorithms import (
    AlgorithmSettings,
    CrossQSettings,
    DQNSettings,
    OffPolicySettings,
    SACSettings,
    TD3Settings,
    TQCSettings,
)
from rl_training.envs.discrete_actions import DiscreteActions
from rl_training.envs.flat_observations import FlatObservations

LOG_EVERY = 8192
"""Timesteps between two lines of metrics, about as often as PPO writes one."""

DECISIONS_APART = 16
"""Decisions of an agent between two updates where engines do not wait for each other."""


class OffPolicyLearner(ReplayLearner):
    """What learners with a replay buffer of Stable-Baselines3 share."""

    def make(self) -> BaseAlgorithm:
        """See `SB3Learner`."""
        return self._collecting(super().make())

    def restore(self, start: Path) -> None:
        """See `ReplayLearner`."""
        super().restore(start)
        self._collecting(self.model)

    def load_replay(self, path: Path) -> str | None:
        """See `ReplayLearner`."""
        buffer = cast(OffPolicyAlgorithm, self.model).replay_buffer
        if buffer is None or load_replay_buffer(path, buffer) is None:
            return None
        return f"{buffer.size() * self.env.num_envs:,} transitions"

    def save_replay(self, path: Path) -> None:
        """See `ReplayLearner`."""
        buffer = cast(OffPolicyAlgorithm, self.model).replay_buffer
        if buffer is not None:
            save_replay_buffer(path, buffer, self.timesteps)

    def without_replay(self) -> str:
        """See `ReplayLearner`: random actions fill it first."""
        model = cast(OffPolicyAlgorithm, self.model)
        new = self._common().learning_starts
        # SB3 compares with all timesteps of the run.
        model.learning_starts = model.num_timesteps + new
        return f"learning goes on after {new:,} new timesteps"

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = self._common()
        apart, steps = self._train_freq(), settings.gradient_steps
        if steps is None:
            collected = apart * self.env.num_envs
            steps = max(1, round(collected * settings.updates_per_step))
        return {
            "learning_rate": self.rate(),
            "gamma": settings.gamma,
            "buffer_size": max(settings.buffer_size, self.env.num_envs),
            "learning_starts": settings.learning_starts,
            "batch_size": settings.batch_size,
            "train_freq": apart,
            "gradient_steps": steps,
        }

    def loaded_changes(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        changes = super().loaded_changes()
        # A loaded model has what the constructor makes of the number.
        changes["train_freq"] = TrainFreq(changes["train_freq"], TrainFrequencyUnit.STEP)
        return changes

    def learn(self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool) -> None:
        """See `SB3Learner`."""
        super().learn([*callbacks, _MetricsByTimesteps()], log, resumed)

    def learn_arguments(self) -> dict[str, Any]:
        """See `SB3Learner`: metrics are written by timesteps, not by episodes."""
        return {"log_interval": 10**9}

    def prepared(self, env: VecEnv) -> VecEnv:
        """See `SB3Learner`."""
        return require_box(env, self._config.algorithm.name)

    def describe(self) -> str:
        """See `Learner`."""
        given = self.changeable()
        return (
            f"{self._config.algorithm.name.upper()}: {given['gradient_steps']} gradient steps of "
            f"{given['batch_size']} after each {given['train_freq']} x {self.env.num_envs} "
            f"decisions, replay buffer of {given['buffer_size']:,}"
        )

    def _train_freq(self) -> int:
        settings = self._common()
        if settings.train_freq is not None:
            return settings.train_freq
        free = settings.collection == "free" or plays_whole_rollouts(self.env)
        return DECISIONS_APART if free else 1

    def _collecting(self, model: BaseAlgorithm) -> BaseAlgorithm:
        if isinstance(model, OffPolicyCollecting):
            model.collection = self._common().collection
        return model

    def _common(self) -> OffPolicySettings:
        return cast(OffPolicySettings, self._config.algorithm)


class _MetricsByTimesteps(BaseCallback):
    """Writes a line of metrics every `LOG_EVERY` timesteps; the last of the callbacks."""

    def __init__(self) -> None:
        super().__init__()
        self._written_at = 0

    def _on_training_start(self) -> None:
        self._written_at = self.num_timesteps

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        done = self.model.num_timesteps
        if done - self._written_at >= LOG_EVERY:
            self._written_at = done
            self._dump()

    def _on_training_end(self) -> None:
        if self.model.num_timesteps > self._written_at:
            self._dump()

    def _dump(self) -> None:
        model: Any = self.model
        # Stable-Baselines3 2.4 has it under its private name.
        (model.dump_logs if hasattr(model, "dump_logs") else model._dump_logs)()


class SACLearner(OffPolicyLearner):
    """Soft actor-critic."""

    settings: ClassVar[type[AlgorithmSettings]] = SACSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(SAC)

    def fixed(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(SACSettings, self._config.algorithm)
        return {"ent_coef": settings.ent_coef, "target_entropy": settings.target_entropy}

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(SACSettings, self._config.algorithm)
        return {
            **super().changeable(),
            "tau": settings.tau,
            "target_update_interval": settings.target_update_interval,
        }

    def policy_name(self) -> str | type[BasePolicy]:
        """See `SB3Learner`: another one where critics have dropout."""
        if not self._dropout():
            return super().policy_name()
        many = isinstance(self.env.observation_space, spaces.Dict)
        return RegularMultiInputPolicy if many else RegularPolicy

    def policy_kwargs(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        dropout = self._dropout()
        return {**super().policy_kwargs(), **({"dropout": dropout} if dropout else {})}

    def _dropout(self) -> float:
        return float(getattr(self._config.algorithm, "critic_dropout", 0.0))


class TQCLearner(SACLearner):
    """Truncated quantile critics."""

    settings: ClassVar[type[AlgorithmSettings]] = TQCSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(TQC)

    def fixed(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(TQCSettings, self._config.algorithm)
        dropped = settings.top_quantiles_to_drop_per_net
        return {**super().fixed(), "top_quantiles_to_drop_per_net": dropped}


class CrossQLearner(OffPolicyLearner):
    """CrossQ."""

    settings: ClassVar[type[AlgorithmSettings]] = CrossQSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(CrossQ)

    def prepared(self, env: VecEnv) -> VecEnv:
        """See `SB3Learner`: one vector, since it knows no dictionaries."""
        flat = isinstance(env.observation_space, spaces.Dict)
        return require_box(FlatObservations(env) if flat else env, "crossq")

    def fixed(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(CrossQSettings, self._config.algorithm)
        return {
            "ent_coef": settings.ent_coef,
            "target_entropy": settings.target_entropy,
            "policy_delay": settings.policy_delay,
        }


class TD3Learner(OffPolicyLearner):
    """Twin delayed deep deterministic policy gradient."""

    settings: ClassVar[type[AlgorithmSettings]] = TD3Settings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(TD3)

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(TD3Settings, self._config.algorithm)
        size = int(np.prod(self.env.action_space.shape or (1,)))
        noise = NormalActionNoise(np.zeros(size), np.full(size, settings.action_noise))
        return {
            **super().changeable(),
            "tau": settings.tau,
            "action_noise": noise if settings.action_noise > 0.0 else None,
            "policy_delay": settings.policy_delay,
            "target_policy_noise": settings.target_policy_noise,
            "target_noise_clip": settings.target_noise_clip,
        }


class DQNLearner(OffPolicyLearner):
    """Deep Q-learning."""

    settings: ClassVar[type[AlgorithmSettings]] = DQNSettings

    def kind(self) -> type[BaseAlgorithm]:
        """See `SB3Learner`."""
        return collecting(DQN)

    def prepared(self, env: VecEnv) -> VecEnv:
        """See `SB3Learner`: one discrete action, as the space that DQN knows."""
        return env if isinstance(env.action_space, spaces.Discrete) else DiscreteActions(env)

    def changeable(self) -> dict[str, Any]:
        """See `SB3Learner`."""
        settings = cast(DQNSettings, self._config.algorithm)
        return {
            **super().changeable(),
            "tau": settings.tau,
            "target_update_interval": settings.target_update_interval,
            "exploration_fraction": settings.exploration_fraction,
            "exploration_initial_eps": settings.exploration_initial_eps,
            "exploration_final_eps": settings.exploration_final_eps,
            "max_grad_norm": settings.max_grad_norm,
        }
