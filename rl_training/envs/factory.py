"""Settings in, environment out: the one chooser."""

from __future__ import annotations

from typing import Literal

from rl_training.envs.godot_vec_env import GodotVecEnv
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
