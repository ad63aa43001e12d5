"""Learners on the tiny environment, for tests that need a model and no pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.learner import Learner
from rl_training.algorithms.registry import learner_class
from rl_training.config import TrainConfig
from rl_training.config.layers import Layer, resolve


def config_of(**settings: Any) -> TrainConfig:
    """Return a run's settings; sections as dictionaries, or flat as format 1 had them."""
    return resolve([Layer("test", settings)]).config


def learner(env: VecEnv, name: str = "ppo", **settings: Any) -> Any:
    """Return an untrained learner by name."""
    algorithm: Mapping[str, Any] = {**settings.pop("algorithm", {}), "name": name}
    made: Learner = learner_class(name)(env, config_of(algorithm=algorithm, **settings))
    return made


def ppo_model(env: VecEnv, seed: int = 0, timesteps: int = 1000, **settings: Any) -> PPO:
    """Return an untrained PPO on an environment that is normalised already, or not at all."""
    settings |= {"observations": {"normalise": False}, "rewards": {"normalise": False}}
    model = learner(env, seed=seed, timesteps=timesteps, **settings).model
    assert isinstance(model, PPO)
    return model
