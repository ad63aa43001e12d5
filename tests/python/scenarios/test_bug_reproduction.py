"""The scenario `bug_reproduction`: spaces, numbers, seeds, arenas, and its page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from tests.python.scenarios.random_play import open_scenario, play
from tests.python.scenarios.scene_page import ScenePage

SCENARIO = get_scenario("bug_reproduction")
PAGE = ScenePage(SCENARIO.name)


def yard(**changes: Any) -> GodotVecEnv:
    return open_scenario(SCENARIO.name, **({"arenas": 2} | changes))


def drawn(decisions: int) -> np.ndarray[Any, Any]:
    """Draw for each of two arenas; each draw is held for five decisions."""
    rng = np.random.default_rng(0)
    held = [
        np.stack([rng.integers(0, choices, 2) for choices in (4, 5, 2)], axis=1)
        for _ in range(decisions // 5)
    ]
    return np.repeat(held, 5, axis=0)


@pytest.mark.engine
@pytest.mark.timeout(400)
def test_a_seed_is_a_trajectory_and_arenas_change_none() -> None:
    switches = dict.fromkeys(SCENARIO.planted_bugs, 1.0)
    with yard() as env:
        assert env.observation_space["obs"].shape == (37,)
        assert env.action_space.nvec.tolist() == [4, 5, 2]
        env.set_parameters(switches)
        two = play(env, drawn(120))
        again = play(env, drawn(120))
    with yard(arenas=1) as env:
        env.set_parameters(switches)
        alone = play(env, drawn(120))
    for one, same, lone in zip(two, again, alone, strict=True):
        np.testing.assert_array_equal(one, same)
        np.testing.assert_array_equal(one[:, :1], lone)
    assert np.abs(two.observations).max() <= 1.0


def test_the_page_names_what_the_scene_has() -> None:
    controller = PAGE.script("bug_reproduction_controller")
    checks = PAGE.script("yard_checks")
    for name, kind in SCENARIO.planted_bugs.items():
        assert f"`{name}`" in PAGE.text
        assert f'get_parameter("{name}", 0.0)' in controller, "off by default"
        assert f"`{kind}`" in PAGE.text
        assert f'"{kind}"' in checks


def test_detectors_know_no_switch() -> None:
    checks = PAGE.script("yard_checks")
    for word in ("bug_", "overruns", "skips_ahead", "wedges", "forgets", "_held"):
        assert word not in checks
