from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from rl_training.config import PPOConfig, TrainConfig
from rl_training.errors import ConfigError, nearest


def test_defaults_survive_json() -> None:
    config = TrainConfig(ppo=PPOConfig(net_arch=(32, 16)))
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_configs_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().seed = 3  # type: ignore[misc]


def test_unknown_keys_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"unknown setting 'timestep' .*'timesteps'"):
        TrainConfig.from_dict({"timestep": 5})
    with pytest.raises(ConfigError, match=r"'batchsize' of PPOConfig.*'batch_size'"):
        TrainConfig.from_dict({"ppo": {"batchsize": 5}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timesteps": 0}, r"timesteps must be at least 1; found 0"),
        ({"timesteps": "many"}, r"timesteps must be int; found 'many'"),
        ({"timesteps": True}, r"timesteps must be int; found True"),
        ({"isolation": "alone"}, r"isolation must be one of shared, worlds"),
        ({"vec_env": "threads"}, r"vec_env must be one of async, subproc"),
        ({"port": 70000}, r"port must be in \[1, 65535\]"),
        ({"seed": -1}, r"seed must be in \[0, 2147483647\]"),
        ({"experiment_name": "../x"}, r"experiment_name must be letters"),
        ({"experiment_name": "archive"}, r"and not 'archive'"),
        ({"experiment_name": ""}, r"experiment_name must be letters"),
        ({"arenas": 0}, r"arenas must be in \[1, 4096\]"),
        ({"timeout_s": float("nan")}, r"timeout_s must be float"),
        ({"timeout_s": -1.0}, r"timeout_s must be greater than 0"),
    ],
)
def test_bad_values_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainConfig().replace(changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gamma": 1.5}, r"gamma must be in \(0, 1\]"),
        ({"batch_size": 1}, r"batch_size must be at least 2"),
        ({"net_arch": [64, 0]}, r"net_arch must be widths >= 1"),
        ({"net_arch": ["wide"]}, r"net_arch must be tuple"),
        ({"activation": "gelu"}, r"activation must be one of tanh, relu"),
        ({"learning_rate": "fast"}, r"learning_rate must be float"),
    ],
)
def test_bad_ppo_values_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PPOConfig().replace(changes)


def test_whole_numbers_are_floats_where_floats_are_wanted() -> None:
    gamma = PPOConfig().replace({"gamma": 1}).gamma
    assert isinstance(gamma, float)
    assert gamma == 1.0


def test_nearest() -> None:
    assert nearest("colour", ["color", "size"]) == " Did you mean 'color'?"
    assert nearest("zzz", ["color", "size"]) == ""
