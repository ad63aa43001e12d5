from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.config.description import describe
from rl_training.config.files import parse_value, read_settings, write_yaml
from rl_training.config.layers import (
    Layer,
    file_layer,
    parameter_layer,
    resolve,
    set_layer,
)
from rl_training.config.samplers import Choice, Gaussian, Uniform
from rl_training.config.schedules import Schedule
from rl_training.config.train_config import TrainConfig
from rl_training.errors import ConfigError


def test_stronger_layers_win_and_are_remembered(tmp_path: Path) -> None:
    file = tmp_path / "my.yaml"
    file.write_text("training:\n  timesteps: 7\nseed: 5\nalgorithm:\n  gamma: 0.5\n")
    resolved = resolve(
        [
            Layer("scenario x", {"training": {"timesteps": 3, "save_frequency": 2}, "seed": 1}),
            file_layer(file),
            set_layer(["seed=6", "algorithm.learning_rate=1e-4"]),
        ]
    )
    config, origins = resolved.config, resolved.origins
    assert (config.training.timesteps, config.training.save_frequency) == (7, 2)
    assert (config.seed, config.algorithm.learning_rate, config.algorithm.gamma) == (6, 1e-4, 0.5)
    assert origins["training.save_frequency"] == "scenario x"
    assert origins["training.timesteps"] == str(file)
    assert origins["seed"] == "--set"
    assert "environment.num_envs" not in origins


def test_paths_in_a_file_start_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "game").mkdir()
    file = tmp_path / "game" / "spacetime_rl.yaml"
    file.write_text(
        "run_root: ../runs\nenvironment: {project_path: ., scene_path: 'res://a.tscn'}\n"
    )
    config = resolve([file_layer(file)]).config
    assert config.environment.project_path == str(tmp_path / "game")
    assert config.run_root == str(tmp_path / "runs")
    assert config.environment.scene_path == "res://a.tscn"


def test_what_is_tuned_for_another_algorithm_does_not_count() -> None:
    scenario = Layer(
        "scenario x",
        {"algorithm": {"n_epochs": 3, "gamma": 0.5}, "actions": {"log_std_init": -1.0}},
        {"sac": {"algorithm": {"tau": 0.01}, "network": {"net_arch": [99]}}},
        algorithm="ppo",
    )
    ppo = resolve([scenario]).config
    assert ppo.algorithm.to_dict()["n_epochs"] == 3
    assert ppo.network.net_arch == (64, 64)
    sac = resolve([scenario, set_layer(["algorithm.name=sac"])]).config
    assert (sac.algorithm.gamma, sac.algorithm.to_dict()["tau"]) == (0.99, 0.01)
    assert sac.network.net_arch == (99,)
    assert sac.actions.log_std_init == -1.0


def test_what_is_said_of_ppo_counts_for_its_kin_with_masks() -> None:
    scenario = Layer("scenario", {"algorithm": {"n_steps": 128, "gamma": 0.5}}, algorithm="ppo")
    preset = Layer("preset", {"algorithm": {"name": "ppo", "ent_coef": 0.25}})
    chosen = resolve([scenario, preset, set_layer(["algorithm.name=maskable_ppo"])])
    own = chosen.config.algorithm
    assert (own.name, own.gamma) == ("maskable_ppo", 0.5)
    assert (own.to_dict()["n_steps"], own.to_dict()["ent_coef"]) == (128, 0.25)
    assert chosen.origins["algorithm.n_steps"] == "scenario"
    other = resolve([scenario, preset, set_layer(["algorithm.name=a2c"])]).config.algorithm
    assert other.gamma != 0.5


def test_what_a_user_sets_is_never_dropped() -> None:
    """A file without the algorithm's name speaks of whichever is chosen."""
    file = Layer("my.yaml", {"algorithm": {"learning_rate": 0.01}})
    config = resolve([file, set_layer(["algorithm.name=sac"])]).config
    assert config.algorithm.learning_rate == 0.01
    with pytest.raises(ConfigError, match="unknown setting 'n_epochs'"):
        resolve([Layer("f", {"algorithm": {"n_epochs": 3}}), set_layer(["algorithm.name=sac"])])


def test_layers_are_validated_as_a_whole() -> None:
    """Neither layer is wrong by itself."""
    with pytest.raises(ConfigError, match="log_std_final must be at most log_std_init"):
        resolve([set_layer(["actions.log_std_final=-0.5"]), set_layer(["actions.log_std_init=-1"])])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("3", 3), ("1e-4", 1e-4), ("1E5", 1e5), ("-.5", -0.5), ("2.", 2.0), ("true", True)),
        *(("null", None), ("off", "off"), ("no", "no"), ("[64, 32]", [64, 32]), ("walk", "walk")),
        *(("1.0.2", "1.0.2"), ("", None), ("'3'", "3")),
    ],
)
def test_values_mean_what_they_look_like(text: str, value: object) -> None:
    found = parse_value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training", "--set takes path=value"),
        ("=3", "--set takes path=value"),
        ("network.net_arch=[64", "brackets or quotes are not closed"),
    ],
)
def test_bad_assignments(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        set_layer([text])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "a: [1", "a.yaml is no YAML"),
        ("a.json", "{", "a.json is no JSON"),
        ("a.yaml", "- 1", "must hold settings by name; found list"),
        ("a.yaml", "seed: 1\nseed: 2\n", r"'seed' is given twice \(line 2\)"),
        ("missing.yaml", None, "cannot read the settings in"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        file_layer(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_yaml_and_json_go_in_and_out(tmp_path: Path) -> None:
    config = TrainConfig().replace({"algorithm": {"learning_rate": 1e-5}, "run_root": "yes"})
    (tmp_path / "c.yaml").write_text(write_yaml(config.to_dict()))
    assert TrainConfig.from_dict(read_settings(tmp_path / "c.yaml")) == config
    (tmp_path / "empty.yaml").write_text("")
    assert read_settings(tmp_path / "empty.yaml") == {}


def test_show_config_says_where_each_value_came_from() -> None:
    text = describe(resolve([Layer("--seed", {"seed": 3}), Layer("x", {"token": "s" * 20})]))
    lines = {line[2:].split()[0]: line for line in text.splitlines()}
    assert lines["seed"].split() == ["*", "seed", "3", "--seed"]
    assert lines["training.timesteps"].split() == ["training.timesteps", "1000000", "default"]
    assert "ssss" not in text
    assert text.splitlines()[-1].startswith("* 1 of")


FILE = Layer(
    "my.yaml",
    {
        "parameters": {
            "wind": {"sampler": "uniform", "low": 0, "high": 1},
            "speed": {"schedule": [[0, 1], [100, 2]]},
            "wind.up": 1,
        },
        "curriculum": {
            "slope": {
                "lessons": [
                    {"value": 0.1, "go_on": {"threshold": 0.5}},
                    {"value": "uniform(0, 1)", "also": {"fog": 1}},
                ]
            }
        },
        "evaluation": {"parameters": {"gravity": "choice(1, 2)"}},
    },
)


@pytest.mark.parametrize(
    ("stronger", "wind"),
    [
        (parameter_layer(["wind=uniform(0,2)"]), Uniform(low=0.0, high=2.0)),
        (parameter_layer(["wind={sampler: gaussian, mean: 0, deviation: 1}"]),
         Gaussian(mean=0.0, deviation=1.0)),
        (parameter_layer(["wind=3"]), 3.0),
        (parameter_layer(["wind=3", "wind=null", "wind=4"]), 4.0),
        (set_layer(["parameters.wind=uniform(0,2)"]), Uniform(low=0.0, high=2.0)),
        (set_layer(["parameters.wind={sampler: choice, values: [1, 2]}"]),
         Choice(values=(1.0, 2.0))),
        (set_layer(["parameters.wind.sampler=choice", "parameters.wind.values=[1, 2]"]),
         Choice(values=(1.0, 2.0))),
        (parameter_layer(["wind=schedule(0, 1, 9, 2)"]), Schedule(schedule=((0, 1.0), (9, 2.0)))),
    ],
)  # fmt: skip
def test_a_stronger_sampler_replaces_a_weaker_one(stronger: Layer, wind: Any) -> None:
    resolved = resolve([FILE, stronger])
    assert dict(resolved.config.parameters.items())["wind"] == wind
    assert resolved.origins["parameters.wind"] == stronger.origin
    assert resolved.origins["parameters.speed"] == "my.yaml"
    assert not any(path.startswith("parameters.wind.l") for path in resolved.origins)


def test_part_of_a_sampler_is_none() -> None:
    with pytest.raises(ConfigError, match=r"parameters\.wind must be a number or.*'high'"):
        resolve([FILE, set_layer(["parameters.wind.high=2"])])
    with pytest.raises(ConfigError, match=r"parameters\.wind must be a number or a sampler"):
        resolve([FILE]).config.replace({"parameters": {"wind": {"high": 2}}})


def test_null_takes_a_name_out() -> None:
    gone = Layer(
        "other.yaml",
        {
            "parameters": {"wind": None, "speed": None, "never": None},
            "curriculum": {"slope": None},
            "evaluation": {"parameters": {"gravity": None}},
        },
    )
    resolved = resolve([FILE, gone])
    assert dict(resolved.config.parameters.items()) == {"wind.up": 1.0}
    assert resolved.config.curriculum.names == ()
    assert resolved.config.evaluation.parameters == {}
    assert "parameters.wind" not in resolved.origins
    assert resolve([FILE, parameter_layer(["wind.up=null"])]).config.parameters.names == (
        *("wind", "speed"),
    )
    back = resolve([FILE, gone, set_layer(["parameters.wind=2"])])
    assert dict(back.config.parameters.items()) == {"wind.up": 1.0, "wind": 2.0}
    whole = resolve([FILE]).config.replace(gone.values)
    assert (whole.parameters.names, whole.curriculum.names) == (("wind.up",), ())
    assert whole.evaluation.parameters == {}


def test_a_curriculum_is_replaced_whole() -> None:
    lessons = {"lessons": [{"value": 5}]}
    resolved = resolve([FILE, Layer("x", {"curriculum": {"slope": lessons, "size": lessons}})])
    assert [len(each.lessons) for _, each in resolved.config.curriculum.items()] == [1, 1]
    assert resolved.origins["curriculum.slope"] == "x"


def test_every_value_has_one_line() -> None:
    lines = describe(resolve([FILE, parameter_layer(["mass=gaussian(1,0.1)"])])).splitlines()
    shown = [line.split(maxsplit=2) for line in lines if ".y" in line or "--param" in line]
    assert [(path, " ".join(rest.split())) for _, path, rest in shown] == [
        ("evaluation.parameters.gravity", "choice(1, 2) my.yaml"),
        ("parameters.wind", "uniform(0, 1) my.yaml"),
        ("parameters.speed", "schedule(0, 1, 100, 2) my.yaml"),
        ("parameters.wind.up", "1 my.yaml"),
        ("parameters.mass", "gaussian(1, 0.1) --parameter"),
        ("curriculum.slope", "0.1 -> uniform(0, 1) with fog=1 my.yaml"),
    ]
    assert all(mark == "*" for mark, *_ in shown)
