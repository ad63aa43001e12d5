from __future__ import annotations

import types

import pytest

from rl_training.errors import ConfigError, SceneNotFoundError
from rl_training.scenarios import get_scenario, scenario_names
from rl_training.training.configuration import default_config


def test_scenarios_are_found_by_discovery() -> None:
    assert {"vr_locomotion", "custom"} <= set(scenario_names())
    assert "scenario" not in scenario_names()


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_usable(name: str) -> None:
    scenario = get_scenario(name)
    assert scenario.name == name
    assert default_config(name).scenario == name
    if scenario.metrics:
        assert scenario.success_metric in {metric.name for metric in scenario.metrics}


def test_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(SceneNotFoundError, match=r"no scenario 'vr_locomotoin'.*'vr_locomotion'"):
        get_scenario("vr_locomotoin")


def test_a_file_without_its_scenario_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rl_training.scenarios.importlib.import_module", lambda _: types.SimpleNamespace()
    )
    with pytest.raises(ConfigError, match="must define SCENARIO"):
        get_scenario("vr_locomotion")


def test_vr_locomotion_decides_ten_times_a_second() -> None:
    scenario = get_scenario("vr_locomotion")
    assert scenario.action_repeat is not None
    assert scenario.physics_ticks_per_second / scenario.action_repeat == pytest.approx(10)
    directions = {metric.name: metric.higher_is_better for metric in scenario.metrics}
    assert directions["success"]
    assert not directions["collisions"]


@pytest.mark.parametrize("name", ["ppo", "sac", "tqc", "crossq", "td3"])
def test_vr_locomotion_is_tuned_for(name: str) -> None:
    config = default_config("vr_locomotion", {"algorithm": {"name": name}})
    assert config.algorithm.name == name
    assert config.training.timesteps == (2_000_000 if name == "ppo" else 150_000)
