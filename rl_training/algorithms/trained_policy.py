"""A policy that was trained in one call: it acts, and is saved, loaded and exported.

Returned by `train_policy` and `train_behavioral_cloning`. A run of the pipeline leaves the same
files by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecMonitor
from typing_extensions import Self

from rl_training.algorithms.registry import learner_class
from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser, Observation
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.config import TrainConfig
from rl_training.envs.one_vec_env import vec_env_of
from rl_training.policy_export.onnx_export import export

STEPS_PER_ITERATION = 2048
"""Decisions of all agents together in an iteration, unless another number is given."""


class TrainedPolicy:
    """A policy with its normaliser.

    Attributes:
        model: a Stable-Baselines3 or sb3-contrib algorithm.
        normaliser: of observations; None: it takes raw ones.
        meta: what its checkpoint says about itself.
    """

    def __init__(self, model: Any, normaliser: Normaliser | None, meta: CheckpointMeta) -> None:
        self.model = model
        self.normaliser = normaliser
        self.meta = meta

    def predict(
        self,
        observations: Observation,
        state: Any = None,
        episode_start: NDArray[Any] | None = None,
        deterministic: bool = True,
    ) -> tuple[NDArray[Any], Any]:
        """Return (n, actions) for raw observations of n agents, and the memory's next state.

        Args:
            observations: key to (n, ...), or (n, ...), raw.
            state: what the last call returned; None at the beginning.
            episode_start: (n,) bool, whose memory is forgotten.
            deterministic: the most probable action; else one that is drawn.
        """
        seen = observations if self.normaliser is None else self.normaliser.normalise(observations)
        actions, state = self.model.predict(seen, state, episode_start, deterministic)
        return np.asarray(actions), state

    def save(self, path: str | Path) -> None:
        """Write a checkpoint that `evaluate`, `export` and `training.start_from` take.

        Raises:
            StorageError: it cannot be written.
        """
        save_checkpoint(Path(path), self.model, self.normaliser, self.meta)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote, or any checkpoint of a run.

        Raises:
            ModelError: the file is missing or damaged.
        """
        found = load_checkpoint(Path(path))
        return cls(found.model, found.normaliser, found.meta)

    @classmethod
    def load_checkpoint(cls, path: str | Path) -> Self:
        """Read a checkpoint; the same as `load`."""
        return cls.load(path)

    def export(self, path: str | Path) -> None:
        """Write an ONNX file for the game, with the normaliser inside.

        Raises:
            ModelError: it cannot be exported.
        """
        export(self.model, self.normaliser, Path(path), self.meta)


def train_policy(
    env_factory: Callable[[], Any],
    algorithm: str = "ppo",
    num_iterations: int = 1000,
    *,
    steps_per_iteration: int = STEPS_PER_ITERATION,
    settings: Mapping[str, Any] | None = None,
    net_arch: Sequence[int] = (64, 64),
    seed: int = 0,
) -> TrainedPolicy:
    """Train a policy in an environment, without a run's files; `rl_training.train` makes those.

    Args:
        env_factory: makes a `VecEnv` such as `GodotVecEnv`, or a `gymnasium.Env`; it is closed at
            the end.
        algorithm: its name (docs/algorithms.md).
        num_iterations: how often `steps_per_iteration` decisions are learned from.
        steps_per_iteration: decisions of all agents together.
        settings: of the section `algorithm` (docs/configuration.md).
        net_arch: widths of the hidden layers.
        seed: everything random comes from it.

    Raises:
        ConfigError: the algorithm or a setting is unknown or out of range.
        HarnessError: the algorithm cannot learn in this environment, or the engine failed.
    """
    config = TrainConfig.from_dict(
        {
            "seed": seed,
            "algorithm": {**(settings or {}), "name": algorithm},
            "network": {"net_arch": list(net_arch)},
            "training": {"timesteps": num_iterations * steps_per_iteration},
        }
    )
    made = vec_env_of(env_factory)
    try:
        learner = learner_class(algorithm)(VecMonitor(made), config)
        learner.learn([], Logger(None, []), resumed=False)
    finally:
        made.close()
    model, normaliser = learner.actor()
    meta = CheckpointMeta(
        algorithm=class_name(model),
        seed=seed,
        timesteps=learner.timesteps,
        config=config.public_dict(),
    )
    return TrainedPolicy(model, normaliser, meta)
