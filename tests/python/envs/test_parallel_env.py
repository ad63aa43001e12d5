"""The PettingZoo face over an arena without an engine: who lives, who joins, what is refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

pytest.importorskip("pettingzoo", reason="the extra `pettingzoo` is not installed")
from pettingzoo.test import parallel_api_test, parallel_seed_test
from pettingzoo.utils.conversions import parallel_to_aec

from rl_training.envs.parallel_env import GroupParallelEnv
from rl_training.errors import ActionSpaceError, UsageError
from tests.python.envs.fake_groups import FakeArena


def sampled(env: GroupParallelEnv) -> dict[str, Any]:
    return {agent: env.action_space(agent).sample() for agent in env.agents}


@pytest.mark.parametrize("behaviour", [{}, {"joins": True}, {"waits": False}])
def test_it_passes_the_test_of_pettingzoo(behaviour: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(GroupParallelEnv(FakeArena(**behaviour)), num_cycles=100)
        parallel_seed_test(lambda: GroupParallelEnv(FakeArena(**behaviour)))


def test_agents_die_one_by_one_and_the_episode_ends_with_the_last() -> None:
    arena = FakeArena()
    lives = arena.lives(5, 0)
    env = GroupParallelEnv(arena)
    observations, infos = env.reset(seed=5)
    assert list(observations) == env.agents == ["chaser_0", "chaser_1", "runner_0"]
    assert infos["chaser_0"] == {"first": True}
    ends = {}
    for age in range(1, max(lives) + 1):
        before = env.agents
        told = env.step(sampled(env))
        assert all(list(each) == before for each in told)
        observations, rewards, terminated, truncated, infos = told
        for agent in before:
            assert rewards[agent] == 0.5
            if terminated[agent] or truncated[agent]:
                ends[agent] = age
                assert observations[agent][-2] == pytest.approx(age / 100)
                assert agent not in env.agents
                assert truncated[agent] == (agent == "chaser_1")
                assert "row" in infos[agent]
            else:
                assert infos[agent] == {}
    assert list(ends.values()) == sorted(lives)
    assert env.agents == []
    with pytest.raises(UsageError, match=r"the episode is over: call reset\(\)"):
        env.step({})


def test_the_next_episode_is_the_one_that_the_engine_began() -> None:
    arena = FakeArena()
    env = GroupParallelEnv(arena)
    env.reset(seed=1)
    for episode in range(1, 4):
        while env.agents:
            env.step(sampled(env))
        observations, _ = env.reset()
        assert observations["chaser_0"][0] == pytest.approx(episode / 100)
    assert arena.resets == 1
    env.step(sampled(env))
    observations, _ = env.reset()
    assert arena.resets == 2, "an abandoned episode is followed by the next one"
    assert observations["chaser_0"][0] == pytest.approx(4 / 100)


def test_agents_that_play_on_after_their_end_are_dead_here() -> None:
    arena = FakeArena(waits=False)
    env = GroupParallelEnv(arena)
    env.reset(seed=1)
    while env.agents:
        env.step(sampled(env))
    env.reset()
    assert arena.resets == 2


def test_who_takes_a_seat_has_a_new_name() -> None:
    arena = FakeArena(joins=True)
    env = GroupParallelEnv(arena)
    env.reset(seed=5)
    lives = arena.lives(5, 0)
    assert lives[0] + 2 < max(lives), "somebody is alive when the other one joins"
    seen = []
    while env.agents:
        before = env.agents
        observations, rewards, terminated, truncated, _ = env.step(sampled(env))
        for agent in set(observations) - set(before):
            seen.append(agent)
            assert rewards[agent] == 0.0
            assert not terminated[agent]
            assert not truncated[agent]
            assert env.observation_space(agent).contains(observations[agent])
    assert seen == ["chaser_2"]
    assert env.possible_agents == ["chaser_0", "chaser_1", "runner_0", "chaser_2"]
    env.reset()
    assert env.possible_agents == ["chaser_0", "chaser_1", "runner_0"]


def test_who_takes_an_empty_seat_has_its_name() -> None:
    arena = FakeArena(joins=True, empty=[1])
    env = GroupParallelEnv(arena)
    observations, _ = env.reset()
    assert list(observations) == ["chaser_0", "runner_0"]
    assert env.possible_agents == ["chaser_0", "chaser_1", "runner_0"]


def test_spaces() -> None:
    env = GroupParallelEnv(FakeArena())
    assert env.observation_space("chaser_0") == spaces.Box(-1.0, 1.0, (3,), np.float32)
    assert env.observation_space("runner_0") == spaces.Box(-1.0, 1.0, (4,), np.float32)
    assert env.action_space("runner_0") == spaces.Discrete(3)
    assert env.observation_space("chaser_0") is env.observation_space("chaser_0")
    assert env.action_space("chaser_0") is not env.action_space("chaser_1")
    with pytest.raises(UsageError, match=r"no agent 'chazer_0'. Did you mean 'chaser_0'\?"):
        env.action_space("chazer_0")
    raw = GroupParallelEnv(FakeArena(), flatten=False)
    assert isinstance(raw.observation_space("runner_0"), spaces.Dict)
    assert raw.action_space("runner_0") == spaces.MultiDiscrete([3])
    observations, _ = raw.reset()
    assert raw.observation_space("runner_0").contains(observations["runner_0"])


def test_actions_reach_the_rows_of_their_agents() -> None:
    arena = FakeArena()
    env = GroupParallelEnv(arena)
    env.reset()
    env.step({"runner_0": 2, "chaser_1": np.array([0.5, -0.5]), "chaser_0": [1.0, 0.25]})
    assert arena.actions[0]["chaser"].tolist() == [[1.0, 0.25], [0.5, -0.5]]
    assert arena.actions[0]["runner"].tolist() == [[2]]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"chaser_1": None}, ActionSpaceError, "the action of chaser_1 is None, expected one of"),
        ({"chaser_0": [0.0]}, ActionSpaceError, "the action of chaser_0 is"),
        ({"chaser_7": [0.0, 0.0]}, UsageError, "'chaser_7', which is unknown"),
    ],
)
def test_bad_actions(change: dict[str, Any], error: type[Exception], text: str) -> None:
    env = GroupParallelEnv(FakeArena())
    env.reset()
    with pytest.raises(error, match=text):
        env.step(sampled(env) | change)


def test_an_action_is_missing_or_for_the_dead() -> None:
    env = GroupParallelEnv(FakeArena())
    with pytest.raises(UsageError, match=r"call reset\(\) before step\(\)"):
        env.step({})
    env.reset(seed=5)
    with pytest.raises(UsageError, match="there is no action for chaser_1, runner_0"):
        env.step({"chaser_0": [0.0, 0.0]})
    while "chaser_0" in env.agents:
        actions = sampled(env)
        env.step(actions)
    if env.agents:
        with pytest.raises(UsageError, match="'chaser_0', which has ended or left; alive: "):
            env.step(actions)


def test_parameters_hold_from_the_episode_that_reset_begins() -> None:
    arena = FakeArena()
    env = GroupParallelEnv(arena)
    env.reset(options={"parameters": {"speed": 2}})
    assert arena.parameters == {"speed": 2.0}
    while env.agents:
        env.step(sampled(env))
    env.reset(options={"parameters": {"speed": 2.0}})
    assert arena.resets == 1, "the episode that was begun has these parameters"
    while env.agents:
        env.step(sampled(env))
    env.reset(options={"parameters": {"speed": None}})
    assert arena.resets == 2
    assert arena.parameters == {"speed": None}
    with pytest.raises(UsageError, match="'speed' must be a finite number; found nan"):
        env.reset(options={"parameters": {"speed": float("nan")}})
    while env.agents:
        env.step(sampled(env))
    drawn = {"sampler": "uniform", "low": 0.0, "high": 1.0}
    env.reset(options={"parameters": {"speed": "uniform(0, 1)"}})
    assert (arena.resets, arena.parameters) == (3, {"speed": drawn})
    while env.agents:
        env.step(sampled(env))
    env.reset(options={"parameters": {"speed": drawn}})
    assert arena.resets == 3, "the same sampler: the episode that was begun was drawn from it"
    env.reset(options={"level": 7})
    assert (arena.resets, arena.levels) == (4, {0: [7]})


def test_several_arenas_are_refused() -> None:
    with pytest.raises(UsageError, match="the environment has 2 arenas"):
        GroupParallelEnv(FakeArena(arenas=(0, 1)))


def test_it_works_as_an_aec_environment() -> None:
    env = parallel_to_aec(GroupParallelEnv(FakeArena()))
    env.reset(seed=3)
    steps = 0
    for agent in env.agent_iter():
        _, _, terminated, truncated, _ = env.last()
        env.step(None if terminated or truncated else env.action_space(agent).sample())
        steps += 1
    assert steps > 10


def test_close_twice() -> None:
    arena = FakeArena()
    with GroupParallelEnv(arena) as env:
        env.close()
    assert arena.closed == 2
