"""TD3+BC as a learner of the pipeline: a fixed data set in, a TD3 model out.

A timestep is a recorded decision that was learned from, each time it was. The scene gives the
spaces, and is not played unless evaluations are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.imitation.examples import make_examples
from rl_training.algorithms.imitation.from_data import DataLearner
from rl_training.algorithms.imitation.statistics import take_statistics
from rl_training.algorithms.imitation.steps import LearningSteps
from rl_training.algorithms.off_policy import TD3Learner
from rl_training.algorithms.offline.td3_bc import TD3BC
from rl_training.algorithms.offline.transitions import make_transitions
from rl_training.algorithms.sb3_learner import SB3Learner, diverged, finite
from rl_training.config import TrainConfig
from rl_training.config.algorithms import AlgorithmSettings
from rl_training.config.imitation import TD3BCSettings
from rl_training.data.readers import read_all
from rl_training.data.trajectory import Trajectory
from rl_training.errors import ConfigError

ROUND = 250
"""Gradient steps between two lines of metrics."""


class TD3BCLearner(DataLearner):
    """A policy that learns from the rewards of recorded play, and stays near what was done there.

    Args:
        env: whose spaces it learns for; continuous actions.
        config: the run.
        demonstrations: in the place of `algorithm.demonstrations`.

    Raises:
        ActionSpaceError: the scene has choices.
        ConfigError: there is no data.
        DataError: it cannot be read, does not fit the scene, or all its rewards are the same.
    """

    settings: ClassVar[type[AlgorithmSettings]] = TD3BCSettings

    def __init__(
        self,
        env: VecEnv,
        config: TrainConfig,
        demonstrations: Sequence[Trajectory] | None = None,
    ) -> None:
        self._settings = cast(TD3BCSettings, config.algorithm)
        given = _wanted(self._settings) if demonstrations is None else list(demonstrations)
        super().__init__(TD3Learner(env, _as_td3(config, self._settings)), config)
        space, gamma = env.observation_space, self._settings.gamma
        self._examples = make_examples(given, space, env.action_space, gamma)
        take_statistics(self._inner._normalised, self._examples, given, gamma)
        normaliser = self._inner.actor().normaliser
        self._data = make_transitions(given, self._examples, self._inner.model.policy, normaliser)
        self._figures: dict[str, float] = {}

    def restore(self, start: Path) -> None:
        """See `Learner`. No replay buffer is looked for."""
        SB3Learner.restore(self._inner, start)

    def learn(self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool) -> None:
        """See `Learner`.

        Raises:
            HarnessError: the weights are no numbers any more.
        """
        model: Any = self._inner.model
        total, seed = self._config.training.timesteps, self._config.seed
        wrapper = self._inner._normalised
        steps = LearningSteps(model, self.env, wrapper, self._examples, total, seed)
        steps.begin(callbacks, log, resumed, "offline")
        learning = TD3BC(model, self._settings, self._data, seed + self.timesteps)
        rate, going = self._inner.rate(), self.timesteps < total
        while going:
            steps.callback.on_rollout_start()
            found: dict[str, list[float]] = {}
            for _ in range(ROUND):
                figures = learning.step(rate(1.0 - self.timesteps / total))
                for name, value in figures.items():
                    found.setdefault(name, []).append(value)
                going = steps.step(self._settings.batch_size)
                if not going:
                    break
            self._tell(log, found, learning.action_error())
            steps.callback.on_rollout_end()
            if not finite(model):
                raise diverged()
        steps.callback.on_training_end()

    def describe(self) -> str:
        """See `Learner`."""
        return (
            f"TD3+BC: {self._examples.episodes:,} episodes, {len(self._data):,} decisions; batches "
            f"of {self._settings.batch_size}, alpha {self._settings.alpha:g}"
        )

    def summary(self) -> Sequence[str]:
        """See `Learner`."""
        if not self._figures:
            return ()
        told = ", ".join(f"{name} {value:.4g}" for name, value in self._figures.items())
        return [f"offline: {self._inner.model._n_updates:,} gradient steps; {told}"]

    def details(self) -> Mapping[str, Any]:
        """See `Learner`: "offline" with the last figures by name."""
        return {"offline": dict(self._figures)}

    def _tell(self, log: Logger, found: Mapping[str, list[float]], error: float) -> None:
        self._figures = {name: float(np.mean(values)) for name, values in found.items()}
        self._figures["action_error"] = error
        for name, value in self._figures.items():
            log.record(f"offline/{name}", value)
        log.dump(self.timesteps)


def _wanted(settings: TD3BCSettings) -> list[Trajectory]:
    if not settings.demonstrations:
        raise ConfigError(
            "td3_bc needs data: --set 'algorithm.demonstrations=[FILE, ...]' (docs/imitation.md)"
        )
    return list(read_all(settings.demonstrations))


def _as_td3(config: TrainConfig, settings: TD3BCSettings) -> TrainConfig:
    """Return the settings of the model: TD3's, with a replay buffer that holds nothing."""
    return config.replace(
        {
            "algorithm": {
                "name": "td3",
                "gamma": settings.gamma,
                "learning_rate": settings.learning_rate,
                "learning_rate_decay": settings.learning_rate_decay,
                "tau": settings.tau,
                "batch_size": settings.batch_size,
                "policy_delay": settings.policy_delay,
                "action_noise": 0.0,
                "buffer_size": 1,
                "save_replay_buffer": False,
            }
        }
    )
