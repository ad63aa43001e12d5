"""`GodotParallelEnv` on the real engine: unlike agents who die one by one, leave and join."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

pytest.importorskip("pettingzoo", reason="the extra `pettingzoo` is not installed")
from pettingzoo.test import parallel_api_test, parallel_seed_test

from rl_training.envs import GodotParallelEnv, GodotVectorEnv
from rl_training.errors import UsageError
from tests.python.envs.makers import Maker, making

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

GAMES = "res://tests/python/envs/games"
CREW = f"{GAMES}/crew_2d.tscn"
GUESTS = f"{GAMES}/crew_guests_2d.tscn"
SEEK = f"{GAMES}/seek_2d.tscn"
AGE, DRAWN = 0, 1


@pytest.fixture
def make(repository: Path, free_port: int) -> Iterator[Maker[GodotParallelEnv]]:
    with making(
        GodotParallelEnv, CREW, project_path=repository, port=free_port, action_repeat=2
    ) as maker:
        yield maker


def sampled(env: GodotParallelEnv) -> dict[str, Any]:
    return {agent: env.action_space(agent).sample() for agent in env.agents}


@pytest.mark.parametrize("scene", [CREW, GUESTS])
def test_it_passes_the_tests_of_pettingzoo(make: Maker[GodotParallelEnv], scene: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=ResourceWarning)
        # A seat that nobody takes before the episode is over ends with nobody in it.
        warnings.filterwarnings("ignore", "No agents present but not all possible_agents")
        parallel_api_test(make(scene), num_cycles=100)
        parallel_seed_test(lambda: make(scene), num_cycles=50)


def test_agents_die_one_by_one(make: Maker[GodotParallelEnv]) -> None:
    env = make()
    assert env.possible_agents == ["sailors_0", "sailors_1", "cook_0"]
    assert env.action_space("cook_0") == spaces.Discrete(3)
    assert env.action_space("sailors_1") == spaces.Box(-1.0, 1.0, (1,), np.float32)
    for seed in (1, None, None):
        observations, _ = env.reset(seed=seed)
        drawn = {agent: seen[DRAWN] for agent, seen in observations.items()}
        assert all(seen[AGE] == 0.0 for seen in observations.values())
        ended = []
        returns = dict.fromkeys(env.agents, 0.0)
        while env.agents:
            observations, rewards, terminated, truncated, infos = env.step(sampled(env))
            for agent, seen in observations.items():
                returns[agent] += rewards[agent]
                assert seen[DRAWN] == drawn[agent], "the observations of one life"
                assert not truncated[agent]
                assert terminated[agent] == bool(infos[agent])
                if terminated[agent]:
                    ended.append(agent)
                    assert infos[agent]["metrics"]["age"] == round(seen[AGE] * 100)
                    assert returns[agent] == round(seen[AGE] * 100)
        assert sorted(ended) == sorted(env.possible_agents)


def test_the_next_episode_is_neither_lost_nor_begun_twice(make: Maker[GodotParallelEnv]) -> None:
    env = make(seed=1)
    ended: list[dict[str, Any]] = []
    abandoned: list[dict[str, Any]] = []
    for drawn, plays_out in ((ended, True), (abandoned, False)):
        observations, _ = env.reset(seed=1)
        for _ in range(3):
            drawn.append({agent: seen[DRAWN] for agent, seen in observations.items()})
            env.step(sampled(env))
            while plays_out and env.agents:
                env.step(sampled(env))
            observations, _ = env.reset()
    assert ended == abandoned
    assert len({seen["cook_0"] for seen in ended}) == 3


def test_one_leaves_and_another_comes(make: Maker[GodotParallelEnv]) -> None:
    env = make(GUESTS)
    observations, _ = env.reset(seed=1)
    assert {"sailors_0", "sailors_1", "cook_0"} == set(observations)
    left: dict[str, Any] = {}
    joined: dict[str, Any] = {}
    while env.agents:
        before = env.agents
        observations, rewards, _, truncated, infos = env.step(sampled(env))
        left |= {agent: infos[agent] for agent in before if truncated[agent]}
        for agent in set(observations) - set(before):
            joined[agent] = observations[agent]
            assert rewards[agent] == 0.0
    assert list(left) == ["sailors_1"]
    assert "Sailor1" in left["sailors_1"]["absent"]
    assert list(joined) == ["sailors_2"]
    assert joined["sailors_2"][AGE] < 0.1


def test_one_agent_is_an_arena_too(make: Maker[GodotParallelEnv]) -> None:
    env = make(SEEK)
    parallel_api_test(env, num_cycles=50)
    assert env.vec_env.settings.env_args == ()


def test_a_batch_of_unlike_agents_is_refused(repository: Path, free_port: int) -> None:
    with pytest.raises(UsageError, match=r"agents differ \(groups 'sailors', 'cook'\)"):
        GodotVectorEnv(repository, CREW, port=free_port, arenas=2)
