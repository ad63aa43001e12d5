from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from rl_training.config import TrainConfig, nearest, without_secrets
from rl_training.config.algorithms import SETTINGS, SACSettings
from rl_training.errors import ConfigError


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_settings_survive_json(name: str) -> None:
    chosen: dict[str, Any] = {"name": name, "gamma": 0.5}
    if name == "distillation":
        chosen["teacher"] = "m.zip"
    if name == "dagger":
        chosen["expert"] = "game"
    config = TrainConfig.from_dict({"algorithm": chosen, "network": {"net_arch": [32, 16]}})
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert config.algorithm.name == name


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        TrainConfig().seed = 3
    with pytest.raises(ValidationError):
        TrainConfig().environment.num_envs = 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timestep": 5}, r"unknown setting 'timestep'.* Did you mean 'training.timesteps'"),
        ({"learning_rat": 5}, r"Did you mean 'algorithm.learning_rate'"),
        ({"environment": {"num_env": 5}}, r"in the section environment. Did you mean 'num_envs'"),
        ({"algorithm": {"batchsize": 5}}, r"in the section algorithm. Did you mean 'batch_size'"),
        ({"ppo": {"batchsize": 5}}, r"in the section algorithm. Did you mean 'batch_size'"),
        ({"algorithm": {"name": "sax"}}, r"no algorithm 'sax'. Did you mean 'sac'"),
        ({"algorithm": {"name": "sac", "n_epochs": 2}}, r"unknown setting 'n_epochs'"),
        (
            {"curriculum": {"wind": {"lesson": []}}},
            r"'lesson' in .* curriculum\.wind\. .* 'lessons'",
        ),
        (
            {"polices": {}},
            r"unknown setting 'polices' in the configuration. Did you mean 'policies'",
        ),
    ],
)
def test_unknown_keys_name_the_nearest(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainConfig.from_dict(changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timesteps": 0}, r"training.timesteps must be at least 1; found 0"),
        ({"timesteps": "many"}, r"training.timesteps must be a whole number; found 'many'"),
        ({"timesteps": True}, r"training.timesteps must be a whole number; found True"),
        ({"isolation": "alone"}, r"environment.isolation must be one of shared, worlds; found 'al"),
        ({"vec_env": "threads"}, r"environment.vec_env must be one of async, subproc"),
        ({"port": 70000}, r"environment.port must be at most 65535"),
        ({"seed": -1}, r"seed must be at least 0; found -1"),
        ({"seed": 2**31}, r"seed must be at most 2147483647"),
        ({"experiment_name": "../x"}, r"experiment_name must be letters.* found '../x'"),
        ({"experiment_name": "archive"}, r"and not 'archive'"),
        ({"arenas": 0}, r"environment.arenas must be at least 1"),
        ({"timeout_s": float("nan")}, r"environment.timeout_s must be a finite number"),
        ({"timeout_s": -1.0}, r"environment.timeout_s must be greater than 0"),
        ({"environment": 3}, r"environment must be a mapping; found 3"),
        ({"training": {"track": ["paper"]}}, r"training.track.0 must be one of tensorboard, wandb"),
        ({"ppo": {"gamma": 1.5}}, r"algorithm.gamma must be at most 1"),
        ({"ppo": {"batch_size": 1}}, r"algorithm.batch_size must be at least 2"),
        ({"ppo": {"net_arch": [64, 0]}}, r"network.net_arch.1 must be at least 1"),
        ({"ppo": {"net_arch": ["wide"]}}, r"network.net_arch.0 must be a whole number"),
        ({"ppo": {"activation": "gelu"}}, r"network.activation must be one of tanh, relu"),
        ({"ppo": {"learning_rate": "fast"}}, r"algorithm.learning_rate must be a number"),
        ({"format": 99}, r"have format 99, this version reads up to 2; update it"),
    ],
)
def test_bad_values_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        TrainConfig().replace(changes)
    assert "\n" not in str(caught.value)


def test_settings_of_an_older_format_stand_where_they_belong() -> None:
    """A config.json that version 0.1 wrote."""
    config = TrainConfig.from_dict(
        {
            "scenario": "memory",
            "timesteps": 5,
            "num_envs": 3,
            "viz": True,
            "ppo": {"gamma": 0.5, "net_arch": [8], "log_std_init": -1.0, "normalise_obs": False},
        }
    )
    assert (config.scenario, config.training.timesteps) == ("memory", 5)
    assert (config.environment.num_envs, config.environment.viz) == (3, True)
    assert (config.algorithm.gamma, config.network.net_arch) == (0.5, (8,))
    assert config.actions.log_std_init == -1.0
    assert not config.observations.normalise


def test_another_algorithm_brings_its_own_settings() -> None:
    config = TrainConfig().replace({"algorithm": {"name": "sac"}})
    assert config.algorithm == SACSettings()


def test_secrets_are_in_no_file() -> None:
    config = TrainConfig().replace({"token": "a secret of many letters"})
    assert config.environment.token
    assert "secret" not in json.dumps(config.public_dict())
    assert without_secrets(config.to_dict()) == config.public_dict()


def test_whole_numbers_are_floats_where_floats_are_wanted() -> None:
    gamma = TrainConfig().replace({"ppo": {"gamma": 1}}).algorithm.gamma
    assert isinstance(gamma, float)
    assert gamma == 1.0


def test_nearest() -> None:
    assert nearest("colour", ["color", "size"]) == " Did you mean 'color'?"
    assert nearest("zzz", ["color", "size"]) == ""


def test_what_widens_a_start_needs_a_start() -> None:
    with pytest.raises(
        ConfigError, match=r"start_log_std widens the policy of training.start_from"
    ):
        TrainConfig.from_dict({"training": {"start_log_std": -0.5}})
    begun = TrainConfig.from_dict({"training": {"start_log_std": -0.5, "start_from": "a.zip"}})
    assert begun.training.start_log_std == -0.5
