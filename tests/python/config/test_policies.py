"""`policies:` and `parameters:`: sections whose names are the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.config import TrainConfig
from rl_training.config.description import describe
from rl_training.config.layers import (
    Layer,
    file_layer,
    parameter_layer,
    resolve,
    set_layer,
)
from rl_training.errors import ConfigError


def test_what_a_policy_does_not_say_is_the_runs() -> None:
    config = TrainConfig.from_dict(
        {
            "algorithm": {"gamma": 0.9},
            "network": {"activation": "relu"},
            "policies": {"chaser": {"network": {"net_arch": [8]}, "algorithm": {"gamma": 0.5}}},
        }
    )
    chaser, runner = config.for_policy("chaser"), config.for_policy("runner")
    assert (chaser.network.net_arch, chaser.network.activation) == ((8,), "relu")
    assert (chaser.algorithm.gamma, runner.algorithm.gamma) == (0.5, 0.9)
    assert runner.network == config.network
    assert chaser.policies.names == ()


def test_another_algorithm_brings_its_own_network_and_normalisation() -> None:
    config = TrainConfig.from_dict(
        {
            "network": {"net_arch": [32]},
            "observations": {"clip": 3.0},
            "policies": {"chaser": {"algorithm": {"name": "sac", "buffer_size": 500}}},
        }
    )
    chaser = config.for_policy("chaser")
    assert (chaser.algorithm.name, chaser.algorithm.to_dict()["buffer_size"]) == ("sac", 500)
    assert (chaser.network.net_arch, chaser.rewards.normalise) == ((256, 256), False)
    assert chaser.observations.clip == 3.0
    below = Layer("", {"algorithm": {"name": "sac"}})
    back = resolve([below, Layer("", {"policies": {"a": {"algorithm": {"name": "ppo"}}}})]).config
    assert back.for_policy("a").network.net_arch == (64, 64)
    assert back.for_policy("a").rewards.normalise


def test_exploration_is_the_runs_actions() -> None:
    config = TrainConfig.from_dict({"policies": {"a": {"exploration": {"log_std_init": -0.5}}}})
    assert config.for_policy("a").actions.log_std_init == -0.5
    assert config.actions.log_std_init == 0.0


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        (
            {"a": {"stat": "frozen"}},
            r"unknown setting 'stat' in the section policies\.a\..*'state'",
        ),
        ({"a": {"network": {"net_ach": [3]}}}, r"'net_ach' in the section policies\.a\.network\."),
        ({"a": {"network": {"net_arch": ["x"]}}}, r"policies\.a\.network\.net_arch\.0 must be"),
        ({"a": {"exploration": {"log_std_init": "x"}}}, r"policies\.a\.exploration\.log_std_init"),
        ({"a": {"algorithm": {"gama": 1}}}, r"in the section policies\.a\.algorithm\..*'gamma'"),
        ({"a": {"algorithm": {"name": "sca"}}}, r"no algorithm 'sca'\. Did you mean 'sac'"),
        ({"a": {"state": "frzen"}}, r"policies\.a\.state must be one of learning, frozen, script"),
        ({"a": {"state": "frozen"}}, r"policies\.a: a frozen policy needs model"),
        ({"a": {"state": "frozen", "model": "x.pt"}}, r"must be a \.zip checkpoint or an \.onnx"),
        ({"a": {"model": "x.zip"}}, r"model is of a frozen policy; this one is learning"),
        ({"a": {"actions": "sampled"}}, r"actions is of a frozen policy"),
        ({"a": {"state": "scripted", "network": {}}}, r"network is of a policy that learns"),
        ({"a": {"shares": "a"}}, r"a cannot share its own policy"),
        ({"a": {"shares": "b", "rewards": {}}}, r"shares a policy has no settings of its own"),
        ({"a": {"shares": "b"}, "b": {"shares": "c"}}, r"which shares c's"),
        ({"a": {"shares": "b"}, "b": {"state": "scripted"}}, r"which is scripted"),
        ({"a": 3}, r"policies\.a must be a mapping; found 3"),
    ],
)
def test_mistakes_are_told_by_their_place(policies: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainConfig.from_dict({"policies": policies})


def test_layers_meet_in_a_policy(tmp_path: Path) -> None:
    file = tmp_path / "tag.yaml"
    file.write_text(
        "policies:\n  runner:\n  team.red:\n    state: frozen\n    model: old/red.onnx\n"
        "  chaser: {algorithm: {name: sac, buffer_size: 500}}\n"
        "parameters: {wind.speed: 2, gravity: 1}\n"
    )
    resolved = resolve(
        [
            file_layer(file),
            set_layer(
                ["policies.chaser.algorithm.name=ppo", "policies.chaser.algorithm.gamma=0.5"]
            ),
            parameter_layer(["gravity=9.8"]),
        ]
    )
    config = resolved.config
    assert config.policies.names == ("runner", "team.red", "chaser")
    assert config.policies.of("team.red").model == str(tmp_path / "old" / "red.onnx")
    # What the file says of SAC does not count: --set chose another algorithm.
    assert config.for_policy("chaser").algorithm.name == "ppo"
    assert config.for_policy("chaser").algorithm.gamma == 0.5
    assert dict(config.parameters.items()) == {"wind.speed": 2.0, "gravity": 9.8}
    shown = describe(resolved)
    assert "policies.chaser.algorithm.gamma  0.5" in shown
    assert [line.split()[-1] for line in shown.splitlines() if "gravity" in line] == ["--parameter"]


def test_a_configuration_reads_back_equal() -> None:
    config = TrainConfig.from_dict(
        {"policies": {"a": {"shares": "b"}, "c": {"network": {"net_arch": [4]}}}}
    ).replace({"parameters": {"x": 1.5}})
    saved = json.loads(json.dumps(config.public_dict()))
    assert TrainConfig.from_dict(saved) == config
    assert saved["policies"]["a"] == {"state": "learning", "actions": "auto", "shares": "b"}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"a": "x"}, r"parameters\.a must be a number or a sampler, for .*; found 'x'"),
        ({"a": True}, r"parameters\.a must be a number"),
        ({"a": float("inf")}, r"parameters\.a must be a finite number"),
        ({"": 1.0}, r"must have a name"),
    ],
)
def test_a_parameter_is_a_finite_number(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainConfig.from_dict({"parameters": parameters})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "gravity",
            r"--parameter takes NAME=VALUE, for example gravity=9.8 or .*; found 'gravity'",
        ),
        ("=3", r"--parameter takes NAME=VALUE.*; found '=3'"),
        ("gravity=fast", r"--parameter gravity must be a number or a sampler.*; found 'fast'"),
        ("gravity=", r"--parameter gravity must be a number or a sampler.*; found ''"),
        ("gravity=true", r"--parameter gravity must be a number or a sampler.*; found True"),
        ("gravity=uniform(2, 1)", r"--parameter gravity uniform: low must be at most high"),
    ],
)
def test_the_flag_takes_name_and_value(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parameter_layer([text])
