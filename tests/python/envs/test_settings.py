from __future__ import annotations

import dataclasses
import inspect
import pickle
import subprocess
import sys
from typing import Any

import pytest

from rl_training import envs
from rl_training.envs import EnvSettings, GodotVecEnv, SubprocGodotVecEnv, make_vec_env
from rl_training.envs.seeding import SeedKeeper
from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED, TRANSPORTS
from rl_training.protocol.version import OFFERS


def test_settings_travel_as_a_pickle() -> None:
    settings = EnvSettings(project_path="/p", scene_path="res://a.tscn", num_envs=4, seed=7)
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("env", [GodotVecEnv, SubprocGodotVecEnv])
def test_constructors_take_exactly_the_settings(env: type) -> None:
    """A setting that a constructor lacks, or another default, would be lost in silence."""
    parameters = inspect.signature(env).parameters
    # NumPy worlds have no engines: `make_simulation` reads it.
    fields = [field for field in dataclasses.fields(EnvSettings) if field.name != "twin"]
    for field in fields:
        assert (parameters[field.name].default or ()) == (field.default or ())
    assert set(parameters) == {field.name for field in fields}


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
        ({"port": 70000}, "port is 70000, expected a whole number from 0 to 65535"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**31}, "seed is 2147483648, expected a whole number from 0 to 2147483647"),
        ({"isolation": "none"}, "isolation is 'none', expected one of shared, worlds"),
        ({"screen": "big"}, "screen is 'big'"),
        ({"transport": "carrier"}, "transport is 'carrier', expected one of auto, binary, json"),
        ({"timeout_s": 0.0}, "timeout_s is 0.0, expected a positive number"),
        ({"timeout_s": float("nan")}, "timeout_s is nan"),
        ({"speedup": -2.0}, "speedup is -2.0"),
        ({"env_args": ["--a"]}, "env_args is \\['--a'\\], expected a tuple of strings"),
        ({"env_args": ("--a", 1)}, "env_args\\[1\\] is 1, expected a string"),
        ({"engines": 2}, "EnvSettings has no setting 'engines'"),
        ({"num_envs": 0, "seed": -1}, "num_envs is 0, .*; seed is -1, "),
        ({"arenas": 5000}, "arenas is 5000, expected a whole number from 1 to 4096"),
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


def test_a_token_is_not_repeated_in_an_error() -> None:
    with pytest.raises(ConfigError) as raised:
        EnvSettings(token=b"secret")  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("settings", [EnvSettings(seed=MAX_SEED), EnvSettings(seed=0)])
def test_the_largest_seed_is_one(settings: EnvSettings) -> None:
    keeper = SeedKeeper(settings.seed)
    assert keeper.give(MAX_SEED) == MAX_SEED
    with pytest.raises(ConfigError, match="expected a whole number from 0 to 2147483647"):
        keeper.give(MAX_SEED + 1)


def test_every_transport_can_be_offered() -> None:
    assert set(TRANSPORTS) == set(OFFERS)


def test_a_bad_setting_can_be_assigned_nowhere() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        EnvSettings().seed = 3  # type: ignore[misc]
    with pytest.raises(ConfigError, match="seed is -1"):
        dataclasses.replace(EnvSettings(), seed=-1)


def test_completion_finds_the_public_names() -> None:
    assert set(envs.__all__) <= set(dir(envs))
    for name in envs.__all__:
        assert getattr(envs, name) is not None


def test_a_worker_does_not_pay_for_stable_baselines() -> None:
    """Nor does whoever only looks what the package holds."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, rl_training.envs as e, rl_training.envs.engine_worker; dir(e); "
            "print('stable_baselines3' in sys.modules, 'torch' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["False", "False"]
