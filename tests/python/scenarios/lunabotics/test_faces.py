"""The faces of the NumPy worlds: what Stable-Baselines3 and Gymnasium ask of an environment."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as check_gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env as check_sb3
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

from rl_training.errors import ActionSpaceError, ConfigError, UsageError
from rl_training.scenarios.lunabotics import (
    LunaboticsEnv,
    LunaboticsVecEnv,
    LunaboticsVectorEnv,
)
from tests.python.scenarios.lunabotics.builders import drawn, played

BRIEF = {"time_limit": 1.0}


def test_the_checkers_find_nothing() -> None:
    env = LunaboticsEnv(render_mode="rgb_array", parameters=BRIEF)
    check_sb3(env, warn=True)
    check_gymnasium(env, skip_render_check=True)


def test_spaces_and_first_observation() -> None:
    env = LunaboticsVecEnv(num_envs=4, seed=0)
    first = env.reset()
    assert isinstance(first, np.ndarray)
    assert first.shape == (4, 28)
    assert first.dtype == np.float32
    assert env.action_space.shape == (3,)
    assert env.action_space.low.tolist() == [-1.0, -1.0, 0.0]  # type: ignore[attr-defined]
    assert env.action_space.high.tolist() == [1.0, 1.0, 1.0]  # type: ignore[attr-defined]
    assert all(env.observation_space.contains(row) for row in first)


def test_an_end_tells_what_sb3_wants() -> None:
    env = LunaboticsVecEnv(3, 0, parameters=BRIEF)
    env.reset()
    actions = drawn(60, 3)
    for each in actions[:-1]:
        before, _, dones, infos = env.step(each)
        assert not dones.any()
        assert infos == [{}, {}, {}]
    now, _, dones, infos = env.step(actions[-1])
    assert dones.all(), "1 s of 60 ticks"
    assert isinstance(now, np.ndarray)
    assert isinstance(before, np.ndarray)
    for row, info in enumerate(infos):
        assert info["TimeLimit.truncated"] is True
        last = info["terminal_observation"]
        assert np.abs(last[:2] - before[row, :2]).max() < 0.05, "it goes on from the step before"
        assert now[row, 6] == pytest.approx(0.2), "the next episode begins in the start zone"
        assert set(info["metrics"]) >= {"success", "orbs_deposited"}
        assert info["reward_terms"]["time"] == pytest.approx(-0.01 * 60, abs=1e-4)
    env.reset()
    for each in actions[:5]:
        assert env.step(each)[3] == [{}, {}, {}], "infos of ended episodes are not kept"


def test_an_info_that_a_caller_fills_stays_its_own() -> None:
    env = LunaboticsVecEnv(2, 0)
    env.reset()
    env.step(drawn(1, 2)[0])[3][0]["mine"] = 1
    assert env.step(drawn(1, 2)[0])[3] == [{}, {}]


def test_rewards_add_up_to_their_terms() -> None:
    env = LunaboticsVecEnv(8, 3, action_repeat=6, parameters={"time_limit": 10.0})
    env.reset()
    total = np.zeros(8)
    for each in drawn(100, 8):
        _, rewards, dones, infos = env.step(each)
        total += rewards
    assert dones.all()
    for row, info in enumerate(infos):
        assert sum(info["reward_terms"].values()) == pytest.approx(total[row], abs=1e-3)


def test_sb3_learns_on_it_through_its_wrappers() -> None:
    env = VecNormalize(VecMonitor(LunaboticsVecEnv(8, 0, parameters=BRIEF)))
    model = PPO("MlpPolicy", env, n_steps=64, batch_size=128, n_epochs=1, device="cpu")
    model.learn(1024)
    assert model.ep_info_buffer


def test_it_is_a_gymnasium_vector_env() -> None:
    env = LunaboticsVectorEnv(4, render_mode="rgb_array", parameters=BRIEF)
    wrapped = gym.wrappers.vector.RecordEpisodeStatistics(env)
    first, _ = wrapped.reset(seed=7)
    assert env.observation_space.contains(first)
    for each in drawn(60, 4):
        observations, rewards, terminated, truncated, infos = wrapped.step(each)
    assert truncated.all()
    assert not terminated.any()
    assert observations.shape == (4, 28)
    assert rewards.shape == (4,)
    assert np.stack(infos["final_obs"]).shape == (4, 28)
    assert infos["final_info"]["metrics"]["success"].shape == (4,)
    assert "episode" in infos["final_info"] or "episode" in infos
    pictures = env.render()
    assert len(pictures) == 4
    again, _ = wrapped.reset(seed=7)
    np.testing.assert_array_equal(first, again)


def test_the_vector_env_plays_what_the_vec_env_plays() -> None:
    actions = drawn(90, 3)
    seen = played(LunaboticsVecEnv(3, 11, parameters=BRIEF), actions)[0]
    env = LunaboticsVectorEnv(3, parameters=BRIEF)
    first, _ = env.reset(seed=11)
    np.testing.assert_array_equal(first, seen[0])
    for number, each in enumerate(actions):
        np.testing.assert_array_equal(env.step(each)[0], seen[number + 1])


def test_levels_name_episodes() -> None:
    env = LunaboticsVecEnv(2, 0)
    numbered = env.reset()
    assert isinstance(numbered, np.ndarray)
    env.set_levels({0: [1234], 1: [1234]})
    env.seed(0)
    levels = env.reset()
    assert isinstance(levels, np.ndarray)
    np.testing.assert_array_equal(levels[0], levels[1])
    np.testing.assert_array_equal(env.reset(), numbered)


def test_render_gives_a_picture() -> None:
    env = LunaboticsVecEnv(4, 0)
    env.reset()
    picture = env.render()
    assert picture is not None
    assert picture.shape == (600, 816, 3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        (np.zeros((2, 4), np.float32), r"shape \(2, 4\), expected \(2, 3\)"),
        (np.full((2, 3), np.nan, np.float32), "NaN or infinity"),
    ],
)
def test_bad_actions_are_refused(actions: Any, told: str) -> None:
    env = LunaboticsVecEnv(2, 0)
    env.reset()
    with pytest.raises(ActionSpaceError, match=told):
        env.step(actions)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"num_rock": 3}, r"no parameter 'num_rock'.*Did you mean 'num_rocks'"),
        ({"num_rocks": 11}, "num_rocks must be from 0 to 10; found 11"),
        ({"friction": "wide"}, "the parameter friction must be a number or a sampler"),
    ],
)
def test_bad_parameters_are_refused(parameters: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        LunaboticsVecEnv(2, 0, parameters=parameters)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"num_envs": 0}, "num_envs must be at least 1; found 0"),
        ({"num_envs": 1, "action_repeat": 0}, "action_repeat must be at least 1"),
        ({"num_envs": 1, "render_mode": "human"}, "render_mode is 'human'"),
        ({"num_envs": 1, "seed": -1}, "seed is -1, expected a whole number"),
        ({"num_envs": 2, "first_world": 3, "total_worlds": 4}, "raise total_worlds"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        LunaboticsVecEnv(**arguments)


def test_a_world_can_be_pickled() -> None:
    env = LunaboticsVecEnv(3, 4)
    env.reset()
    copy = pickle.loads(pickle.dumps(env))
    actions = drawn(30, 3)
    for each in actions:
        np.testing.assert_array_equal(env.step(each)[0], copy.step(each)[0])
