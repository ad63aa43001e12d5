"""Presets: every file is valid, says what it is, and holds what the issue of VR navigation asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rl_training.config.layers import preset_layer, resolve
from rl_training.config.presets import FOLDER, preset_lines, preset_names
from rl_training.errors import ConfigError
from rl_training.scenarios import scenario_names
from rl_training.studies.learners.plan import read_plan
from rl_training.training.configuration import resolve_run

OF_NAVIGATION = ("quick_test", "full_training", "curriculum_learning", "comfort_optimized")


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid(name: str) -> None:
    resolve([preset_layer(name)])


def test_every_preset_says_in_one_line_what_it_is() -> None:
    lines = preset_lines()
    assert len(lines) == len(list(FOLDER.glob("*.yaml"))) == len(preset_names())
    for line, name in zip(lines, preset_names(), strict=True):
        assert line.split()[0] == name
        assert 20 < len(line) <= 120
        assert "#" not in line


def test_an_unknown_preset_gets_the_nearest_name_and_the_list() -> None:
    with pytest.raises(ConfigError, match=r"no preset 'quik'. Did you mean 'quick'") as caught:
        preset_layer("quik")
    assert caught.value.lines == ("presets:", *preset_lines())


def test_the_list_stands_before_the_error(run: Callable[..., tuple[int, str, str]]) -> None:
    code, _, err = run("train_vr_locomotion", "--preset", "quik")
    assert code == 2
    lines = err.splitlines()
    assert lines[0] == "presets:"
    assert lines[-1].startswith("error: no preset 'quik'")
    assert len(lines) == len(preset_names()) + 2


def test_the_presets_of_vr_navigation_are_as_long_as_they_say() -> None:
    lengths = {}
    for name in OF_NAVIGATION:
        config = resolve([preset_layer(name)]).config
        assert config.scenario == "vr_navigation"
        lengths[name] = config.training.timesteps
    assert lengths == {
        "quick_test": 10_000,
        "full_training": 5_000_000,
        "curriculum_learning": 3_000_000,
        "comfort_optimized": 1_000_000,
    }
    quick = resolve([preset_layer("quick_test")]).config
    assert (quick.evaluation.every, quick.training.save_frequency) == (5_000, 10_000)
    assert dict(quick.parameters.items())["episode_decisions"] == 200
    full = resolve([preset_layer("full_training")]).config
    assert dict(full.parameters.items())["episode_decisions"] == 1_000
    lessons = resolve([preset_layer("curriculum_learning")]).config.curriculum
    assert [len(each.lessons) for _, each in lessons.items()] == [3]


def test_the_preset_for_clean_courses_is_the_one_that_was_measured() -> None:
    config = resolve([preset_layer("clean_courses")]).config
    assert (config.scenario, config.training.timesteps) == ("vr_locomotion", 4_000_000)
    assert tuple(config.network.net_arch) == (128, 128)
    assert set(dict(config.parameters.items())) == {"reward_collision", "reward_comfort"}


def test_the_preset_for_few_decisions_is_what_the_study_measured() -> None:
    preset: Any = resolve([preset_layer("few_decisions")]).config
    measured: Any = read_plan("two_scenarios").config("locomotion", "tqc", 0, Path())
    for name in ("updates_per_step", "batch_size", "learning_rate", "learning_starts", "ent_coef"):
        assert getattr(preset.algorithm, name) == getattr(measured.algorithm, name)
    assert preset.algorithm.name == measured.algorithm.name
    assert preset.network == measured.network
    assert preset.environment.arenas == measured.environment.arenas


def test_a_preset_of_another_scenario_is_refused() -> None:
    flags = {"scenario": ("--scenario", "vr_locomotion")}
    with pytest.raises(ConfigError, match="quick_test is for the scenario vr_navigation, not vr_l"):
        resolve_run("vr_locomotion", flags, presets=["quick_test"])


@pytest.mark.skipif("vr_navigation" not in scenario_names(), reason="the scene is on its way")
def test_a_preset_chooses_its_scenario() -> None:
    assert resolve_run("vr_locomotion", {}, presets=["quick_test"]).config.scenario == (
        "vr_navigation"
    )
