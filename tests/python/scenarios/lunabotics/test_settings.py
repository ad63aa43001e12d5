"""Settings of a Lunabotics run: the task's own names, and who simulates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rl_training.errors import ConfigError
from rl_training.scenarios import get_scenario
from rl_training.training.configuration import default_config, resolve_run
from rl_training.training.environment import env_settings

OWN = {
    "environment": {
        "world_width": 7.0, "world_height": 5.5, "max_speed": 1.5, "num_rocks": 5,
        "num_orbs": 9, "dt": 1 / 60,
    },
    "training": {
        "learning_rate": 3e-4, "batch_size": 512, "num_epochs": 10, "discount": 0.98,
        "lambda_gae": 0.9, "layers": [256, 256],
    },
    "rewards": {"deposit": 150.0, "obstacle": -3.0},
}  # fmt: skip


def test_the_tasks_own_names_reach_the_run(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(OWN))
    config = resolve_run("lunabotics", {}, configs=[file]).config
    algorithm: Any = config.algorithm
    assert (algorithm.learning_rate, algorithm.batch_size, algorithm.n_epochs) == (3e-4, 512, 10)
    assert (algorithm.gamma, algorithm.gae_lambda) == (0.98, 0.9)
    assert config.network.net_arch == (256, 256)
    parameters = dict(config.parameters.items())
    for name, value in OWN["environment"].items():  # type: ignore[attr-defined]
        assert parameters[name] == value
    assert (parameters["reward_deposit"], parameters["reward_obstacle"]) == (150.0, -3.0)
    assert config.curriculum.names == ("reward_wall",)  # what the lessons set beside them


def test_set_takes_them_too() -> None:
    words = ["training.discount=0.95", "environment.num_rocks=uniform(0, 7)"]
    config = resolve_run("lunabotics", {}, assignments=words).config
    assert config.algorithm.gamma == 0.95
    assert str(dict(config.parameters.items())["num_rocks"]) == "uniform(0, 7)"


@pytest.mark.parametrize(
    ("section", "key", "nearest"),
    [
        ("environment", "world_widht", "world_width"),
        ("environment", "num_envz", "num_envs"),
        ("training", "discont", "discount"),
        ("training", "timestep", "timesteps"),
        ("rewards", "depositt", "deposit"),
    ],
)
def test_an_unknown_key_names_the_nearest(section: str, key: str, nearest: str) -> None:
    told = rf"unknown setting '{key}' in the section {section}\. Did you mean '{nearest}'\?"
    with pytest.raises(ConfigError, match=told):
        default_config("lunabotics", {section: {key: 1.0}})


def test_one_setting_under_both_names_is_refused() -> None:
    both = {"training": {"discount": 0.9}, "algorithm": {"gamma": 0.8}}
    with pytest.raises(ConfigError, match=r"training\.discount is algorithm\.gamma"):
        default_config("lunabotics", both)


def test_other_scenarios_know_none_of_them() -> None:
    with pytest.raises(ConfigError, match="unknown setting 'discount'"):
        default_config("vr_locomotion", {"training": {"discount": 0.9}})


def simulated(changes: dict[str, Any]) -> str | None:
    config = default_config("lunabotics", {"environment": changes})
    return env_settings(config, get_scenario("lunabotics")).twin


def test_numpy_is_the_default_and_godot_a_setting() -> None:
    assert simulated({}) is not None
    assert simulated({"simulator": "numpy"}) is not None
    assert simulated({"simulator": "godot"}) is None
    assert simulated({"viz": True}) is None
    assert simulated({"scene_path": "res://another.tscn"}) is None
    config = default_config("vr_locomotion")
    assert env_settings(config, get_scenario("vr_locomotion")).twin is None


def test_numpy_is_refused_where_there_are_no_worlds() -> None:
    config = default_config("vr_locomotion", {"environment": {"simulator": "numpy"}})
    with pytest.raises(ConfigError, match="vr_locomotion has no NumPy worlds"):
        env_settings(config, get_scenario("vr_locomotion"))
    with pytest.raises(ConfigError, match="NumPy worlds only of its own scene"):
        simulated({"simulator": "numpy", "viz": True})
