"""What learns: one interface for every algorithm, so that one pipeline trains them all.

`training/pipeline.py` makes a learner by name (`registry`), and calls `learn`, `save` and `actor`.
A learner knows no scenario, no files' names and no engine; it gets an environment and settings.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser, Observation
from rl_training.config import TrainConfig
from rl_training.config.algorithms import AlgorithmSettings
from rl_training.errors import ConfigError


class Actor(NamedTuple):
    """What acts, as exports and evaluations take it.

    Attributes:
        model: a Stable-Baselines3 algorithm.
        normaliser: the observation statistics of this moment; None: it takes raw observations.
    """

    model: BaseAlgorithm
    normaliser: Normaliser | None


class Learner(ABC):
    """One algorithm at work on one environment.

    Args:
        env: the agents, monitored (`VecMonitor`), not normalised.
        config: the run.

    Raises:
        HarnessError: the algorithm cannot learn in this environment.

    Attributes:
        env: as it is learned on: normalised, and with the action space that the algorithm knows.
    """

    settings: ClassVar[type[AlgorithmSettings]]
    """The class of `config.algorithm`; `rl_training.algorithms.register` makes it known."""

    env: VecEnv

    @abstractmethod
    def __init__(self, env: VecEnv, config: TrainConfig) -> None: ...

    @classmethod
    def inputs(cls, config: TrainConfig) -> Sequence[Path]:
        """Return the files that it learns from; the run must not replace them."""
        return ()

    @abstractmethod
    def restore(self, start: Path) -> None:
        """Go on from a checkpoint: weights, optimiser, counters, normaliser, random states.

        Raises:
            ModelError: the file is missing, damaged, or does not fit the settings.
        """

    def begin_from(self, start: Path) -> None:
        """Begin a new run with the policy and the normaliser of a checkpoint.

        Raises:
            ConfigError: the algorithm cannot.
            ModelError: the file is missing, damaged, or does not fit the settings.
        """
        raise ConfigError(
            f"{self.config.algorithm.name} cannot begin from {start}: leave out training.start_from"
        )

    @abstractmethod
    def learn(self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool) -> None:
        """Learn until the run's timesteps are done, or a callback ends it.

        Args:
            callbacks: called as Stable-Baselines3 does.
            log: gets the scalars.
            resumed: the counters go on instead of starting from zero.
        """

    @abstractmethod
    def actor(self) -> Actor:
        """Return what acts now."""

    @abstractmethod
    def save(
        self,
        path: Path,
        meta: CheckpointMeta,
        callbacks: Mapping[str, Any],
        recorded: Observation | None,
    ) -> None:
        """Write a checkpoint, whole or not at all; see `checkpoints.checkpoint`."""

    @property
    @abstractmethod
    def timesteps(self) -> int:
        """Decisions of all agents together until now."""

    @property
    @abstractmethod
    def results(self) -> tuple[float | None, float | None]:
        """Mean reward and success rate of the last 100 episodes; None where unknown."""

    @property
    @abstractmethod
    def config(self) -> TrainConfig:
        """The settings that are saved with the run: what a resumed run starts from."""

    @abstractmethod
    def describe(self) -> str:
        """Return in one line how it learns: sizes of rollouts and batches, or of the buffer."""

    def play_on(self, wanted: Callable[[], bool]) -> None:
        """Act as it has learned to, without learning or counting, while others still learn.

        Args:
            wanted: asked before every decision.
        """
        model: Any = self.actor().model
        env = self.env
        obs, state, extra = model._last_obs, None, {}
        starts = np.zeros(env.num_envs, dtype=np.bool_)
        learns = isinstance(env, VecNormalize) and env.training
        try:
            if isinstance(env, VecNormalize):
                env.training = False
            while wanted():
                if obs is None:
                    obs = env.reset()
                if isinstance(model, MaskablePPO):
                    extra = {"action_masks": get_action_masks(env)}
                actions, state = model.predict(obs, state=state, episode_start=starts, **extra)
                obs, _, starts, _ = env.step(actions)
        finally:
            if isinstance(env, VecNormalize):
                env.training = learns
            model._last_obs = None

    def summary(self) -> Sequence[str]:
        """Return what is to be said of the run beyond its timesteps and results, line by line."""
        return ()

    def details(self) -> Mapping[str, Any]:
        """Return the same as values that JSON can hold."""
        return {}
