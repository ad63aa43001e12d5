"""The environment as an algorithm learns on it: observations and rewards normalised."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from rl_training.config import TrainConfig


def normalise(env: VecEnv, config: TrainConfig) -> VecNormalize | None:
    """Wrap an environment with running normalisation; None when the settings ask for none.

    Images and other observations that are not vectors of floats stay as they are.
    """
    space = env.observation_space
    keys: list[str] | None = None
    norm_obs = config.observations.normalise
    if isinstance(space, spaces.Dict):
        keys = [key for key, part in space.spaces.items() if is_vector(part)]
        norm_obs = norm_obs and bool(keys)
    else:
        norm_obs = norm_obs and is_vector(space)
    if not norm_obs and not config.rewards.normalise:
        return None
    return VecNormalize(
        env,
        norm_obs=norm_obs,
        norm_reward=config.rewards.normalise,
        clip_obs=config.observations.clip,
        clip_reward=config.rewards.clip,
        gamma=config.algorithm.gamma,
        norm_obs_keys=keys if norm_obs else None,
    )


def is_vector(space: spaces.Space[Any]) -> bool:
    """Return whether a space holds vectors of floats."""
    return isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype.kind == "f"
