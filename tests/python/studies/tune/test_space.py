"""Search spaces: what YAML says, what is refused before anything runs, what a choice means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.config.algorithms import SETTINGS
from rl_training.errors import ConfigError
from rl_training.studies.tune.space import (
    SPACES,
    default_space,
    read_space,
    require_fit,
    space_file,
)
from rl_training.training.configuration import default_config

ALGORITHMS = sorted(path.stem for path in SPACES.glob("*.yaml"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_spaces_of_the_package_fit_their_algorithm(algorithm: str) -> None:
    config = default_config("vr_locomotion", {"algorithm": {"name": algorithm}})
    require_fit(default_space(algorithm), config)


@pytest.mark.parametrize("algorithm", ["bc", "td3_bc", "dagger", "distillation", "dreamer"])
def test_what_is_taught_or_imagines_has_none(algorithm: str) -> None:
    with pytest.raises(ConfigError, match=f"no search space comes with {algorithm}: give one"):
        default_space(algorithm)


def test_every_other_algorithm_has_one() -> None:
    assert set(ALGORITHMS) == set(SETTINGS) - {
        *("bc", "td3_bc", "dagger", "distillation", "dreamer"),
    }


@pytest.mark.parametrize("algorithm", ["ppo", "maskable_ppo", "recurrent_ppo", "a2c"])
def test_the_defaults_lie_inside_so_that_they_are_a_trial_too(algorithm: str) -> None:
    config = default_config("vr_locomotion", {"algorithm": {"name": algorithm}})
    space, known = default_space(algorithm), config.algorithm.to_dict()
    for path, each in space.settings.items():
        if path.startswith("algorithm."):
            assert each.has(known[path.removeprefix("algorithm.")]), path


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "holds no setting to search"),
        ({"algorithm.gamma": {"flaot": [0, 1]}}, "no distribution 'flaot'. Did you mean 'float'"),
        ({"algorithm.gamma": [0, 1]}, "must be {kind: values}"),
        ({"algorithm.gamma": {"float": [1, 0]}}, r"float takes \[low, high\]; found \[1, 0\]"),
        ({"algorithm.gamma": {"log": [0, 1]}}, "log takes"),
        ({"algorithm.gamma": {"float": ["a", 1]}}, "float takes"),
        ({"algorithm.n_epochs": {"int": [1.5, 3]}}, "int takes"),
        ({"algorithm.n_epochs": {"int": [1, 3, 0]}}, "int takes"),
        ({"algorithm.gamma": {"choice": [0.9]}}, "choice takes .* at least two"),
        ({"algorithm.gamma": {"choice": [0.9, 0.9]}}, "choice takes"),
        ({"evaluation.episodes": {"int": [1, 9]}}, "the same in all trials"),
        ({"seed": {"int": [1, 9]}}, "the same in all trials"),
    ],
)
def test_wrong_spaces(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read_space(given, "my.yaml")
    assert "my.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"algorithm.gama": {"float": [0.9, 1]}}, "no setting 'algorithm.gama'. Did"),
        (
            {"algorithm.gamma": {"float": [0.9, 1.5]}},
            "gamma must be at most 1; found 1.5",
        ),
        ({"algorithm.n_epochs": {"float": [1.0, 2.5]}}, "n_epochs must be a whole number"),
        ({"network.activation": {"choice": ["tanh", "gelu"]}}, "one of tanh, relu"),
        ({"parameters.reward_goal": {"float": [1, 9]}}, "--set evaluation.parameters.reward_"),
    ],
)
def test_values_that_a_setting_does_not_take(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        require_fit(read_space(given, "x"), default_config("vr_locomotion"))


def test_a_parameter_may_be_searched_when_evaluations_have_their_own() -> None:
    space = read_space({"parameters.reward_goal": {"float": [1.0, 9.0]}}, "x")
    evaluation = {"evaluation": {"parameters": {"reward_goal": 5.0}}}
    require_fit(space, default_config("vr_locomotion", evaluation))
    assert space.changes({"parameters.reward_goal": 3.0}) == {"parameters": {"reward_goal": 3.0}}


def test_a_choice_becomes_settings(tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(
        "algorithm.learning_rate: {log: [1e-4, 1e-2]}\n"
        "algorithm.batch_size: {int: [256, 1024, 256]}\n"
        "algorithm.rollout_size: {log_int: [2048, 16384]}\n"
        "algorithm.target_kl: {choice: [null, 0.01]}\n"
        "network.net_arch: {choice: [[64, 64], [256, 256]]}\n"
    )
    space = space_file(file)
    config = default_config("vr_locomotion")
    require_fit(space, config)
    base = space.of(config)
    assert base["network.net_arch"] == "[64, 64]"
    assert base["algorithm.target_kl"] is None
    changed = config.replace(space.changes({**base, "network.net_arch": "[256, 256]"}))
    assert changed.network.net_arch == (256, 256)
    assert changed.algorithm == config.algorithm
    assert read_space(space.to_dict(), "again") == space


def test_what_a_distribution_can_give() -> None:
    space = read_space({"algorithm.n_epochs": {"int": [2, 10, 4]}}, "x")
    each = space.settings["algorithm.n_epochs"]
    assert [each.has(value) for value in (2, 6, 10, 4, 11, True, "6")] == [
        *(True, True, True),
        *(False, False, False, False),
    ]
