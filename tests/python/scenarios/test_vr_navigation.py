"""The scenario `vr_navigation` through the wire: numbers, ends, what walking to the goal gives.

What every scenario must be is tested in test_conformance.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from rl_training.training.scene_facts import observation_names
from tests.python.scenarios.random_play import open_scenario, play, uniform

SCENARIO = get_scenario("vr_navigation")

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def navigation(**changes: Any) -> GodotVecEnv:
    return open_scenario(SCENARIO.name, **changes)


def drawn(decisions: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Draw for each of four arenas, so that fewer get the same draws."""
    return uniform(decisions, 4, 3, seed)


def test_a_thousand_random_decisions_are_finite_and_alive() -> None:
    with navigation(isolation="shared") as env:
        assert env.observation_space["obs"].shape == (48,)
        assert env.action_space.shape == (3,)
        env.set_parameters({"episode_decisions": 200.0, "difficulty": 1.0})
        observations, rewards, dones = play(env, drawn(1000))
        names = observation_names(env)["obs"]
    assert np.isfinite(observations).all()
    assert np.isfinite(rewards).all()
    assert np.abs(observations).max() <= 1.0
    spread = observations.reshape(-1, 48).std(axis=0)
    constant = [name for name, deviation in zip(names, spread, strict=True) if deviation < 1e-4]
    assert constant == []
    assert dones.any(axis=0).all(), "every agent ends episodes within 200 decisions"


def test_an_end_reports_what_the_scenario_names() -> None:
    with navigation() as env:
        env.set_parameters({"episode_decisions": 200.0, "course": 1.0})
        env.reset()
        ended: list[dict[str, Any]] = []
        for _ in range(205):
            _seen, _rewards, dones, infos = env.step(np.zeros((4, 3), np.float32))
            ended += [info for info, done in zip(infos, dones, strict=True) if done]
    assert len(ended) == 4
    for info in ended:
        assert info["TimeLimit.truncated"] is True
        assert set(info["metrics"]) - {"kind"} == {metric.name for metric in SCENARIO.metrics}
        assert info["metrics"]["kind"] == 1.0
        assert tuple(info["reward_terms"]) == SCENARIO.reward_terms
        assert sum(info["reward_terms"].values()) == pytest.approx(-20.0), "it stood still"
        assert info["metrics"]["course_time"] == pytest.approx(20.0)


def test_walking_to_the_goal_beats_chance() -> None:
    """The frame of the goal is that of the sticks: walking where it is arrives."""
    successes: dict[str, float] = {}
    with navigation(isolation="shared") as env:
        env.set_parameters({"course": 1.0, "episode_decisions": 200.0})
        for who in ("random", "straight"):
            env.seed(5)
            seen = env.reset()
            ends: list[float] = []
            for actions in drawn(220):
                assert isinstance(seen, dict)
                goal = seen["obs"][:, 45:48]
                if who == "straight":
                    actions = np.stack([goal[:, 0], -goal[:, 2], np.zeros(4)], axis=1)
                seen, _rewards, dones, infos = env.step(actions.astype(np.float32))
                ends += [
                    info["metrics"]["success"] for info, d in zip(infos, dones, strict=True) if d
                ]
            successes[who] = float(np.mean(ends))
    assert successes["straight"] == 1.0
    assert successes["random"] < 0.5
