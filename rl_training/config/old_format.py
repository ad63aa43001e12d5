"""Older layouts of a configuration, brought up to today's.

    1   up to 0.1: all settings of a run flat, PPO's in "ppo"; files carry no format number
    2   sections (docs/configuration.md)

Runs, checkpoints and scripts that were written with an older layout keep working.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rl_training.errors import ConfigError

FORMAT = 2

_ENVIRONMENT = (
    *("num_envs", "arenas", "isolation", "action_repeat", "project_path", "scene_path"),
    *("env_path", "godot", "vec_env", "transport", "port", "host", "token", "timeout_s"),
    *("max_restarts", "pin_cores", "record_failures", "check_arenas", "viz"),
)
_TRAINING = ("timesteps", "save_frequency", "export_onnx", "resume")
_ALGORITHM = (
    *("n_steps", "rollout_size", "batch_size", "n_epochs", "learning_rate", "learning_rate_decay"),
    *("gamma", "gae_lambda", "clip_range", "ent_coef", "vf_coef", "max_grad_norm", "target_kl"),
)

MOVED: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"environment.{name}" for name in _ENVIRONMENT},
        **{name: f"training.{name}" for name in _TRAINING},
        **{f"ppo.{name}": f"algorithm.{name}" for name in _ALGORITHM},
        "ppo.net_arch": "network.net_arch",
        "ppo.activation": "network.activation",
        "ppo.log_std_init": "actions.log_std_init",
        "ppo.log_std_final": "actions.log_std_final",
        "ppo.normalise_obs": "observations.normalise",
        "ppo.clip_obs": "observations.clip",
        "ppo.normalise_reward": "rewards.normalise",
        "ppo.torch_threads": "training.torch_threads",
    }
)
"""Where each setting of format 1 stands today."""


def brought_up(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain settings in today's layout; keys that no layout knows stay where they are.

    Raises:
        ConfigError: the settings are of a newer format.
    """
    found = data.get("format", FORMAT)
    if isinstance(found, int) and found > FORMAT:
        raise ConfigError(
            f"the settings have format {found}, this version reads up to {FORMAT}; update it"
        )
    result: dict[str, Any] = {}
    for key, value in data.items():
        if key == "format":
            continue
        if key == "ppo" and isinstance(value, Mapping):
            for name, item in value.items():
                _put(result, MOVED.get(f"ppo.{name}", f"algorithm.{name}"), item)
        elif key in MOVED:
            _put(result, MOVED[key], value)
        elif isinstance(value, Mapping) and isinstance(result.get(key), dict):
            result[key] |= value
        else:
            result[key] = dict(value) if isinstance(value, Mapping) else value
    return result


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    section, _, name = path.partition(".")
    target.setdefault(section, {})[name] = value
