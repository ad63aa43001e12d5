"""The scenario `voxel_stress` through the wire: spaces, numbers, ends, seeds, arenas, findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from rl_training.training.scene_facts import observation_names
from tests.python.scenarios.random_play import open_scenario, play, uniform

SCENARIO = get_scenario("voxel_stress")
SIZE = 22
EXACT = {"measured_times": 0.0}

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def voxels(**changes: Any) -> GodotVecEnv:
    return open_scenario(SCENARIO.name, **({"arenas": 2} | changes))


def drawn(decisions: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Draw for each of two arenas, so that fewer get the same draws."""
    return uniform(decisions, 2, 4, seed)


def test_a_thousand_random_decisions_are_finite_and_alive() -> None:
    with voxels(isolation="shared") as env:
        env.set_parameters({"episode_decisions": 100.0})
        assert env.observation_space["obs"].shape == (SIZE,)
        assert env.action_space.shape == (4,)
        observations, rewards, dones = play(env, drawn(500))
        assert len(set(observation_names(env)["obs"])) == SIZE
    assert np.isfinite(observations).all()
    assert np.isfinite(rewards).all()
    assert np.abs(observations).max() <= 1.0
    assert (observations.reshape(-1, SIZE).std(axis=0) > 1e-6).all(), "no element is constant"
    assert dones.any(axis=0).all(), "every agent ends episodes within 100 decisions"


def test_a_seed_is_a_trajectory_and_arenas_change_none() -> None:
    with voxels() as env:
        env.set_parameters(EXACT | {"episode_decisions": 60.0})
        two = play(env, drawn(100))
        again = play(env, drawn(100))
        others = play(env, drawn(100, seed=1))
    for one, other in zip(two, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.abs(two.observations[-1] - others.observations[-1]).max() > 0.05, (
        "other actions, another way"
    )
    with voxels(arenas=1) as env:
        env.set_parameters(EXACT | {"episode_decisions": 60.0})
        # To the end of the first episode: the next one is another where there are fewer arenas.
        alone = play(env, drawn(59))
    for one, other in zip(two, alone, strict=True):
        np.testing.assert_array_equal(one[: len(other), :1], other)


def test_measured_times_change_nothing_but_times() -> None:
    ways: list[np.ndarray[Any, Any]] = []
    with voxels(arenas=1) as env:
        for measured in (0.0, 1.0):
            env.set_parameters({"measured_times": measured})
            ways.append(play(env, drawn(80)).observations)
    np.testing.assert_array_equal(ways[0][:, :, 3:], ways[1][:, :, 3:])
    assert np.abs(ways[0][:, :, :3] - ways[1][:, :, :3]).max() > 0.0


def test_an_end_reports_what_the_scenario_names() -> None:
    with voxels(arenas=1) as env:
        env.set_parameters(EXACT | {"episode_decisions": 50.0})
        env.reset()
        ended: list[dict[str, Any]] = []
        total = 0.0
        while not ended:
            _seen, rewards, dones, infos = env.step(np.array([[1.0, 0.2, 1.0, 0.5]], np.float32))
            total += float(rewards[0])
            ended += [info for info, done in zip(infos, dones, strict=True) if done]
    info = ended[0]
    assert info["TimeLimit.truncated"] is True
    assert tuple(info["metrics"]) == tuple(metric.name for metric in SCENARIO.metrics)
    assert tuple(info["reward_terms"]) == SCENARIO.reward_terms
    assert sum(info["reward_terms"].values()) == pytest.approx(total, rel=1e-3)
    assert info["metrics"]["mean_speed"] > 8.0


def test_running_and_leaping_on_succeeds_and_chance_does_not() -> None:
    successes: dict[str, list[float]] = {"random": [], "on": []}
    with voxels() as env:
        env.set_parameters(EXACT)
        for who, ends in successes.items():
            env.seed(5)
            env.reset()
            chance = iter(drawn(2000))
            on = np.tile(np.array([[-0.9, -0.3, 1.0, 0.9]], np.float32), (2, 1))
            while len(ends) < 2:
                actions = next(chance) if who == "random" else on
                _seen, _rewards, dones, infos = env.step(actions)
                ends += [
                    info["metrics"]["success"] for info, d in zip(infos, dones, strict=True) if d
                ]
    assert successes == {"random": [0.0, 0.0], "on": [1.0, 1.0]}


def found(planted: dict[str, float]) -> set[str]:
    """Kinds found on a way west, then to and fro."""
    kinds: set[str] = set()
    with voxels(arenas=1) as env:
        env.set_parameters(EXACT | {"episode_decisions": 500.0} | planted)
        env.seed(5)
        env.reset()
        for decision in range(480):
            there = decision < 300 or decision // 10 % 2 == 0
            way = [-1.0 if there else 1.0, 0.0, 1.0, 0.9 if decision < 300 else -1.0]
            _seen, _rewards, _dones, infos = env.step(np.array([way], np.float32))
            kinds |= {finding["kind"] for finding in infos[0].get("findings", [])}
    return kinds


def test_a_planted_seam_is_found_in_the_west_and_nothing_without() -> None:
    assert found({}) == set()
    assert found({"bug_lod_seam": 1.0}) == {"lod_seam"}
