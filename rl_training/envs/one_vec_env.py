"""Whatever a user's factory makes, as one `VecEnv`.

Called by whoever takes an `env_factory`: collecting and `train_policy`. It starts nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from rl_training.errors import UsageError


def vec_env_of(env_factory: Callable[[], Any]) -> VecEnv:
    """Return the environment that a factory makes; a lone one becomes a `VecEnv` of one.

    Args:
        env_factory: makes a `VecEnv` such as `GodotVecEnv`, or a `gymnasium.Env`.

    Raises:
        UsageError: it makes something else.
    """
    made = env_factory()
    if isinstance(made, gymnasium.Env):
        lone: Any = made
        made = DummyVecEnv([lambda: lone])
    if not isinstance(made, VecEnv):
        raise UsageError(
            f"env_factory made a {type(made).__name__}; expected a VecEnv or a gymnasium.Env"
        )
    return made
