"""The scenario `bug_reproduction`: spaces, numbers, seeds, arenas, and its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario

REPOSITORY = Path(__file__).parents[3]
SCENARIO = get_scenario("bug_reproduction")
SCENE = REPOSITORY / "scenes/bug_reproduction"
PAGE = (SCENE / "README.md").read_text("utf-8")


def yard(**changes: Any) -> GodotVecEnv:
    settings: dict[str, Any] = {"num_envs": 1, "arenas": 2, "port": 0, "seed": 5}
    settings |= {"action_repeat": SCENARIO.action_repeat, "isolation": "worlds", **changes}
    return GodotVecEnv(project_path=str(REPOSITORY), scene_path=SCENARIO.scene_path, **settings)


def play(env: GodotVecEnv, decisions: int) -> list[tuple[Any, ...]]:
    env.seed(5)
    first = env.reset()
    rng = np.random.default_rng(0)
    rows: list[tuple[Any, ...]] = [(first["obs"].copy(), np.zeros(env.num_envs))]
    held = np.zeros((2, 3), np.int64)
    for decision in range(decisions):
        if decision % 5 == 0:
            held = np.stack([rng.integers(0, choices, 2) for choices in (4, 5, 2)], axis=1)
        seen, rewards, _dones, _infos = env.step(held[: env.num_envs])
        rows.append((seen["obs"].copy(), rewards.copy()))
    return rows


@pytest.mark.engine
@pytest.mark.timeout(400)
def test_a_seed_is_a_trajectory_and_arenas_change_none() -> None:
    switches = dict.fromkeys(SCENARIO.planted_bugs, 1.0)
    with yard() as env:
        assert env.observation_space["obs"].shape == (37,)
        assert env.action_space.nvec.tolist() == [4, 5, 2]
        env.set_parameters(switches)
        two = play(env, 120)
        again = play(env, 120)
    with yard(arenas=1) as env:
        env.set_parameters(switches)
        alone = play(env, 120)
    for one, same, lone in zip(two, again, alone, strict=True):
        for index in range(2):
            np.testing.assert_array_equal(one[index], same[index])
            np.testing.assert_array_equal(one[index][:1], lone[index])
        assert np.abs(one[0]).max() <= 1.0


def test_the_page_names_what_the_scene_has() -> None:
    controller = (SCENE / "bug_reproduction_controller.gd").read_text("utf-8")
    checks = (SCENE / "yard_checks.gd").read_text("utf-8")
    for name, kind in SCENARIO.planted_bugs.items():
        assert f"`{name}`" in PAGE
        assert f'get_parameter("{name}", 0.0)' in controller, "off by default"
        assert f"`{kind}`" in PAGE
        assert f'"{kind}"' in checks
    script = (SCENE / "yard_rewards.gd").read_text("utf-8")
    weights = dict(re.findall(r'&"(\w+)": (-?[\d.]+),', script))
    assert tuple(weights) == SCENARIO.reward_terms
    for term, weight in weights.items():
        assert f"| `{term}` | {float(weight):g} |" in PAGE


def test_detectors_know_no_switch() -> None:
    checks = (SCENE / "yard_checks.gd").read_text("utf-8")
    for word in ("bug_", "overruns", "skips_ahead", "wedges", "forgets", "_held"):
        assert word not in checks
