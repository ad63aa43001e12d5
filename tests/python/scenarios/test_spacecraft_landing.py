"""The scenario `spacecraft_landing` through the wire: spaces, ends, seeds, arenas, findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from rl_training.training.scene_facts import observation_names
from tests.python.scenarios.random_play import open_scenario, play, uniform
from tests.python.scenarios.scene_page import ScenePage

SCENARIO = get_scenario("spacecraft_landing")
PAGE = ScenePage(SCENARIO.name)

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]


def landing(**changes: Any) -> GodotVecEnv:
    return open_scenario(SCENARIO.name, **changes)


def drawn(decisions: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Draw for each of four arenas, so that fewer get the same draws."""
    return uniform(decisions, 4, 5, seed)


def test_the_page_names_the_planted_bugs() -> None:
    bugs = {name: cells[1].strip("`") for name, cells in PAGE.table("Planted bugs").items()}
    assert bugs == dict(SCENARIO.planted_bugs)


def test_the_spaces_are_those_that_come() -> None:
    with landing() as env:
        space = env.observation_space
        assert space["obs"].shape == (14,)
        assert float(space["obs"].low.min()) == -2.0
        assert env.action_space.shape == (5,)
        seen = env.reset()
        assert isinstance(seen, dict)
        assert seen["obs"].shape == (4, 14)
        assert len(set(observation_names(env)["obs"])) == 14


def test_random_flights_are_finite_and_end() -> None:
    with landing(isolation="shared") as env:
        observations, rewards, dones = play(env, drawn(550))
    assert np.isfinite(observations).all()
    assert np.isfinite(rewards).all()
    assert np.abs(observations).max() <= 2.0
    assert dones.any(axis=0).all(), "every flight ends within 100 s"


def test_an_end_reports_what_the_scenario_names() -> None:
    with landing() as env:
        env.set_parameters({"time_limit": 2.0})
        env.reset()
        ended: list[dict[str, Any]] = []
        for _ in range(11):
            _seen, _rewards, dones, infos = env.step(np.zeros((4, 5), np.float32))
            ended += [info for info, done in zip(infos, dones, strict=True) if done]
    assert len(ended) == 4
    for info in ended:
        assert info["TimeLimit.truncated"] is True
        assert set(info["metrics"]) == {metric.name for metric in SCENARIO.metrics}
        assert tuple(info["reward_terms"]) == SCENARIO.reward_terms
        assert info["reward_terms"]["time_out"] == pytest.approx(-20.0)
        assert "findings" not in info


def test_a_seed_is_a_trajectory_and_arenas_change_none() -> None:
    with landing() as env:
        four = play(env, drawn(180))
        again = play(env, drawn(180))
    for one, other in zip(four, again, strict=True):
        np.testing.assert_array_equal(one, other)
    with landing(arenas=1) as env:
        alone = play(env, drawn(180))
    # The second flight of an arena has another number where there are fewer arenas.
    first = int(np.argmax(alone.dones[:, 0]))
    assert first > 100
    for one, other in zip(four, alone, strict=True):
        np.testing.assert_array_equal(one[:first, :1], other[:first])


def test_other_seeds_and_other_actions_are_other_flights() -> None:
    with landing() as env:
        observations, _rewards, _dones = play(env, drawn(30, seed=0))
        others, _rewards, _dones = play(env, drawn(30, seed=1))
    assert np.abs(observations[0, 0] - observations[0, 1]).max() > 0.01, "two arenas, two starts"
    np.testing.assert_array_equal(observations[0], others[0])
    assert np.abs(observations[-1] - others[-1]).max() > 0.01


def test_a_planted_bug_reaches_python_as_a_finding() -> None:
    with landing(arenas=1) as env:
        env.set_parameters({"bug_free_thrust": 1.0})
        env.reset()
        kinds: set[str] = set()
        for _ in range(10):
            _seen, _rewards, _dones, infos = env.step(np.array([[1, -1, 0, 0, 0]], np.float32))
            kinds |= {finding["kind"] for finding in infos[0].get("findings", [])}
    assert kinds == {SCENARIO.planted_bugs["bug_free_thrust"]}


def test_a_crash_at_speed_is_no_finding() -> None:
    """Its feet are in the ground for two ticks before the ground has answered."""
    with landing() as env:
        env.set_parameters({"gravity": 20.0})
        env.reset()
        ended: list[dict[str, Any]] = []
        kinds: set[str] = set()
        while len(ended) < 12:
            _seen, _rewards, dones, infos = env.step(np.zeros((4, 5), np.float32))
            kinds |= {each["kind"] for info in infos for each in info.get("findings", [])}
            ended += [info for info, done in zip(infos, dones, strict=True) if done]
    assert all(info["metrics"]["crash"] == 1.0 for info in ended)
    assert min(info["metrics"]["touchdown_speed"] for info in ended) > 100.0
    assert kinds == set()
