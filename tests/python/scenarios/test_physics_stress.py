"""The page of `physics_stress` says what the scene's scripts say, and the engine plays it alike."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from rl_training.scenarios import get_scenario
from tests.python.scenarios.random_play import open_scenario, play
from tests.python.scenarios.scene_page import ScenePage

SCENARIO = get_scenario("physics_stress")
PAGE = ScenePage(SCENARIO.name)


def test_rewards_and_weights_are_the_scripts() -> None:
    source = PAGE.script("stress_rewards")
    for column, name in ((1, "GUARD"), (2, "ATTACK")):
        table = source.split(f"const {name}:", 1)[1].split("}", 1)[0]
        weights = {term: float(w) for term, w in re.findall(r'&"(\w+)": (-?[\d.]+)', table)}
        assert {
            term: float(cells[column]) for term, cells in PAGE.table("Rewards").items()
        } == weights
        assert tuple(weights) == SCENARIO.reward_terms


def test_parameters_and_bugs_are_the_scripts() -> None:
    told = PAGE.table("Parameters")
    settings = dict(
        re.findall(r'get_parameter\("(\w+)", ([\d.]+)\)', PAGE.script("stress_settings"))
    )
    for name, default in settings.items():
        assert float(told[name][0]) == float(default)
    bugs = set(re.findall(r'"(bug_\w+)": "', PAGE.script("stress_settings")))
    assert bugs == set(SCENARIO.planted_bugs) == {name for name in told if name.startswith("bug_")}
    for name, kind in SCENARIO.planted_bugs.items():
        assert f"finding `{kind}`" in told[name][1]


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_counted_the_same_seed_and_actions_give_the_same_episode() -> None:
    runs = [_play() for _ in range(2)]
    for before, after in zip(*runs, strict=True):
        np.testing.assert_array_equal(before, after)


def _play() -> list[Any]:
    with open_scenario(SCENARIO.name, arenas=1) as env:
        env.set_parameters({"measured_times": 0, "max_bodies": 24})
        env.action_space.seed(1)
        actions = [np.stack([env.action_space.sample()]) for _ in range(25)]
        return list(play(env, actions))
