"""Vectorised environments over Godot engines: settings in, env out.

Names are loaded on first use: a worker process of `SubprocGodotVecEnv` imports this package, and
must not pay for Stable-Baselines3 and torch, which it never needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl_training.envs.discrete_actions import DiscreteActions
    from rl_training.envs.factory import make_vec_env
    from rl_training.envs.godot_vec_env import GodotVecEnv
    from rl_training.envs.settings import EnvSettings
    from rl_training.envs.subproc_vec_env import SubprocGodotVecEnv

__all__ = ["DiscreteActions", "EnvSettings", "GodotVecEnv", "SubprocGodotVecEnv", "make_vec_env"]

_MODULES = {
    "DiscreteActions": "discrete_actions",
    "EnvSettings": "settings",
    "GodotVecEnv": "godot_vec_env",
    "SubprocGodotVecEnv": "subproc_vec_env",
    "make_vec_env": "factory",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names too, loaded or not: completion asks here."""
    return sorted({*globals(), *__all__})
