"""Behavioural cloning in one call, without an engine: `train_behavioral_cloning`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.logger import Logger

from rl_training.algorithms.imitation.cloner import Pass
from rl_training.algorithms.imitation.learner import BehavioralCloningLearner
from rl_training.algorithms.imitation.spaces_only import SpacesOnly
from rl_training.algorithms.trained_policy import TrainedPolicy
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.sb3_classes import class_name
from rl_training.config import TrainConfig
from rl_training.data.readers import read_all
from rl_training.data.spaces import action_space_of, observation_space_of
from rl_training.data.trajectory import Trajectory
from rl_training.errors import UsageError

Demonstrations = Sequence[Trajectory] | str | Path | Sequence[str | Path]


class BehavioralCloning(TrainedPolicy):
    """A cloned policy.

    Attributes:
        passes: over the demonstrations, with their losses; empty for one that was loaded.
    """

    passes: tuple[Pass, ...] = ()


def train_behavioral_cloning(
    demonstrations: Demonstrations,
    use_sequences: bool = False,
    *,
    timesteps: int = 200_000,
    settings: Mapping[str, Any] | None = None,
    net_arch: Sequence[int] = (64, 64),
    observation_space: spaces.Space[Any] | None = None,
    action_space: spaces.Space[Any] | None = None,
    seed: int = 0,
) -> BehavioralCloning:
    """Learn to act as demonstrations do.

    Args:
        demonstrations: trajectories, or files of them (docs/data.md).
        use_sequences: an LSTM that learns from sequences; else each decision stands alone.
        timesteps: decisions to learn from at most; it ends earlier when validation stops improving.
        settings: of the section `algorithm` (`loss`, `noise`, `patience`, ...; docs/imitation.md).
        net_arch: widths of the hidden layers.
        observation_space: of the scene; None: what fits the demonstrations.
        action_space: of the scene; None: what fits the demonstrations: choices where actions are
            whole numbers by their dtype, else [-1, 1] or wider.
        seed: everything random comes from it.

    Raises:
        DataError: the demonstrations cannot be used.
        ConfigError: a setting is unknown or out of range.
    """
    found = _read(demonstrations)
    env = SpacesOnly(
        observation_space_of(found) if observation_space is None else observation_space,
        action_space_of(found) if action_space is None else action_space,
    )
    config = TrainConfig.from_dict(
        {
            "seed": seed,
            "algorithm": {**(settings or {}), "name": "bc", "use_sequences": use_sequences},
            "network": {"net_arch": list(net_arch)},
            "training": {"timesteps": timesteps},
        }
    )
    learner = BehavioralCloningLearner(env, config, found)
    learner.learn([], Logger(None, []), resumed=False)
    model, normaliser = learner.actor()
    meta = CheckpointMeta(
        algorithm=class_name(model),
        seed=seed,
        timesteps=learner.timesteps,
        config=config.public_dict(),
    )
    cloned = BehavioralCloning(model, normaliser, meta)
    cloned.passes = tuple(learner.passes)
    return cloned


def _read(given: Demonstrations) -> list[Trajectory]:
    if isinstance(given, (str, Path)):
        return read_all([given])
    parts: list[Any] = list(given)
    if all(isinstance(one, Trajectory) for one in parts):
        return parts
    if all(isinstance(one, (str, Path)) for one in parts):
        return read_all(parts)
    raise UsageError("demonstrations must be trajectories, or files of them; found a mixture")
