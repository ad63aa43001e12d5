"""Vectorised environments over Godot engines: settings in, env out.

Names are loaded on first use: a worker process of `SubprocGodotVecEnv` imports this package, and
must not pay for Stable-Baselines3 and torch, which it never needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.envs.discrete_actions import DiscreteActions
    from rl_training.envs.factory import make_vec_env
    from rl_training.envs.godot_vec_env import GodotVecEnv
    from rl_training.envs.gym_env import GodotEnv
    from rl_training.envs.gym_vector_env import GodotVectorEnv
    from rl_training.envs.parallel_env import GodotParallelEnv
    from rl_training.envs.settings import EnvSettings
    from rl_training.envs.subproc_vec_env import SubprocGodotVecEnv
    from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv

__all__ = [
    "DiscreteActions",
    "EnvSettings",
    "GodotEnv",
    "GodotParallelEnv",
    "GodotVecEnv",
    "GodotVectorEnv",
    "LunaboticsVecEnv",
    "SubprocGodotVecEnv",
    "make_vec_env",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DiscreteActions": "rl_training.envs.discrete_actions",
        "EnvSettings": "rl_training.envs.settings",
        "GodotEnv": "rl_training.envs.gym_env",
        "GodotParallelEnv": "rl_training.envs.parallel_env",
        "GodotVecEnv": "rl_training.envs.godot_vec_env",
        "GodotVectorEnv": "rl_training.envs.gym_vector_env",
        "LunaboticsVecEnv": "rl_training.scenarios.lunabotics.vec_env",
        "SubprocGodotVecEnv": "rl_training.envs.subproc_vec_env",
        "make_vec_env": "rl_training.envs.factory",
    },
)
