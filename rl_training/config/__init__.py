"""The settings of a training run: typed, frozen, layered, saved with every run.

`TrainConfig` is one run. `layers` merges defaults, scenario, preset, files, `--set` and flags;
`files` reads and writes YAML and JSON; `schema` makes the JSON schema that editors complete by.
Nothing here imports torch, Stable-Baselines3 or an engine; names are loaded when they are used,
since pydantic takes longer than a command's `--help` may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.config.exploration import ANNEALED_SHARE, log_std_bound
    from rl_training.config.machine import default_num_envs
    from rl_training.config.train_config import TrainConfig
    from rl_training.errors import nearest
    from rl_training.limits import MAX_SEED
    from rl_training.redaction import without_secrets

__all__ = [
    "ANNEALED_SHARE",
    "MAX_SEED",
    "TrainConfig",
    "default_num_envs",
    "log_std_bound",
    "nearest",
    "without_secrets",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ANNEALED_SHARE": "rl_training.config.exploration",
        "MAX_SEED": "rl_training.limits",
        "TrainConfig": "rl_training.config.train_config",
        "default_num_envs": "rl_training.config.machine",
        "log_std_bound": "rl_training.config.exploration",
        "nearest": "rl_training.errors",
        "without_secrets": "rl_training.redaction",
    },
)
