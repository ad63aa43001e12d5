"""The settings of a training run: typed, frozen, layered, saved with every run.

`TrainConfig` is one run. `layers` merges defaults, scenario, preset, files, `--set` and flags;
`files` reads and writes YAML and JSON; `schema` makes the JSON schema that editors complete by.
Nothing here imports torch, Stable-Baselines3 or an engine.
"""

from rl_training.config.exploration import ANNEALED_SHARE, log_std_bound
from rl_training.config.section import nearest
from rl_training.config.sections import (
    ACTIVATIONS,
    ISOLATIONS,
    TRANSPORTS,
    VEC_ENVS,
    default_num_envs,
)
from rl_training.config.train_config import MAX_SEED, TrainConfig, without_secrets

__all__ = [
    "ACTIVATIONS",
    "ANNEALED_SHARE",
    "ISOLATIONS",
    "MAX_SEED",
    "TRANSPORTS",
    "TrainConfig",
    "VEC_ENVS",
    "default_num_envs",
    "log_std_bound",
    "nearest",
    "without_secrets",
]
