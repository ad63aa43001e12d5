from __future__ import annotations

import dataclasses
import inspect
import pickle
from typing import Any

import pytest

from rl_training.envs import EnvSettings, GodotVecEnv, SubprocGodotVecEnv, make_vec_env
from rl_training.errors import ConfigError


def test_settings_travel_as_a_pickle() -> None:
    settings = EnvSettings(project_path="/p", scene_path="res://a.tscn", num_envs=4, seed=7)
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("env", [GodotVecEnv, SubprocGodotVecEnv])
def test_constructors_take_exactly_the_settings(env: type) -> None:
    """A setting that a constructor lacks, or another default, would be lost in silence."""
    parameters = inspect.signature(env).parameters
    for field in dataclasses.fields(EnvSettings):
        assert (parameters[field.name].default or ()) == (field.default or ())
    extra = set(parameters) - {field.name for field in dataclasses.fields(EnvSettings)}
    assert extra <= {"start_method"}


@pytest.mark.parametrize("env", [GodotVecEnv, SubprocGodotVecEnv])
def test_order_of_the_contract(env: type) -> None:
    expected = [
        *("env_path", "project_path", "scene_path", "num_envs", "port", "arenas", "isolation"),
        *("action_repeat", "seed", "show_window", "transport", "timeout_s", "env_args"),
    ]
    assert list(inspect.signature(env).parameters)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"num_envs": 0}, "num_envs is 0, expected a whole number >= 1"),
        ({"num_envs": 1.5}, "num_envs is 1.5"),
        ({"arenas": 0}, "arenas is 0"),
        ({"action_repeat": -1}, "action_repeat is -1"),
        ({"fixed_fps": True}, "fixed_fps is True"),
        ({"port": 70000}, "port is 70000, expected 0 to 65535"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**31}, "seed is 2147483648, expected 0 to 2147483647"),
        ({"isolation": "none"}, "isolation is 'none', expected one of shared, worlds"),
        ({"screen": "big"}, "screen is 'big'"),
        ({"transport": "carrier"}, "transport is 'carrier', expected one of auto, binary, json"),
        ({"timeout_s": 0.0}, "timeout_s is 0.0, expected a positive number"),
        ({"timeout_s": float("nan")}, "timeout_s is nan"),
        ({"speedup": -2.0}, "speedup is -2.0"),
        ({"env_args": ["--a"]}, "env_args is"),
        ({"project_path": None}, "scene_path needs project_path"),
        ({"project_path": None, "scene_path": None, "num_envs": 2}, "one editor is waited for"),
    ],
)
def test_bad_setting(changes: dict[str, Any], text: str) -> None:
    values: dict[str, Any] = {"project_path": "/p", "scene_path": "res://a.tscn"}
    with pytest.raises(ConfigError, match=text):
        EnvSettings(**(values | changes))


def test_unknown_kind_of_environment() -> None:
    with pytest.raises(ConfigError, match="'threads', expected async or subproc"):
        make_vec_env(EnvSettings(), "threads")  # type: ignore[arg-type]
