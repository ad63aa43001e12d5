"""Settings in, environment out: the one chooser."""

from __future__ import annotations

from typing import Literal

from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.numpy_twin import make_twin
from rl_training.envs.settings import EnvSettings
from rl_training.envs.subproc_vec_env import SubprocGodotVecEnv
from rl_training.errors import ConfigError


def make_vec_env(
    settings: EnvSettings, vec_env: Literal["async", "subproc"] = "async"
) -> GodotVecEnv | SubprocGodotVecEnv:
    """Build the environment.

    Args:
        settings: what to run.
        vec_env: "async" (all engines from this process) or "subproc" (a worker for each).

    Raises:
        ConfigError: `vec_env` is neither.
    """
    if vec_env == "async":
        return GodotVecEnv.from_settings(settings)
    if vec_env == "subproc":
        return SubprocGodotVecEnv.from_settings(settings)
    raise ConfigError(f"vec_env is {vec_env!r}, expected async or subproc")


def make_simulation(
    settings: EnvSettings, vec_env: Literal["async", "subproc"] = "async"
) -> VecEnv:
    """Build what a run trains or is evaluated on: engines, or the NumPy worlds of `settings.twin`.

    Args:
        settings: what to run.
        vec_env: see `make_vec_env`; NumPy worlds have no use for it.

    Raises:
        ConfigError: `vec_env` is neither.
    """
    return make_vec_env(settings, vec_env) if settings.twin is None else make_twin(settings)
