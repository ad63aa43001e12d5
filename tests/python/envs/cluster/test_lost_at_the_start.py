"""Actors that are lost before they have played are made anew, a few times; no Ray here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.crew import START_TRIES, ActorLostError
from rl_training.errors import EngineStartError
from tests.python.envs.cluster.making import Make, environments
from tests.python.envs.cluster.small_ray import SmallRay, small_ray

pytestmark = pytest.mark.usefixtures("no_process_left")

ENGINES = 3
CLUSTER = ClusterSettings(backend="ray", engines_per_actor=1)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    with small_ray(monkeypatch, "rl_training.envs.cluster.ray_vec_env") as ray:
        yield ray


@pytest.fixture
def make(fake_game: Callable[..., str], free_port: int, ray: SmallRay) -> Iterator[Make]:
    with environments(fake_game, free_port, CLUSTER, ENGINES, arenas=1) as make:
        yield make


def step(env: Any) -> None:
    _obs, rewards, _dones, _infos = env.step(np.stack([env.action_space.sample()] * env.num_envs))
    assert rewards.shape == (env.num_envs,)


def test_who_is_lost_before_it_played_is_made_anew(
    make: Make, ray: SmallRay, caplog: pytest.LogCaptureFixture
) -> None:
    ray.losses += [(0, "look"), (2, "look"), (2, "start"), (2, "look")]
    with caplog.at_level(logging.WARNING):
        env = make()
    assert ray.losses == []
    assert len(ray.actors) == ENGINES + 4
    assert [actor.is_dead for actor in ray.actors].count(False) == ENGINES
    told = [message for message in caplog.messages if "before it played" in message]
    assert len(told) == 4
    assert told[0].startswith("actor 0 (engine 0) was lost: The actor is dead")
    env.reset()
    step(env)
    assert env.restarts == [], "nothing that was played is lost"


def test_who_is_lost_again_and_again_ends_the_run(make: Make, ray: SmallRay) -> None:
    ray.losses += [(1, "start")] * (START_TRIES + 1)
    with pytest.raises(ActorLostError, match=r"actor 1 \(engine 1.*\) was lost"):
        make()
    assert ray.losses == []


def test_an_engine_that_dies_while_a_lost_actor_is_made_anew(make: Make, ray: SmallRay) -> None:
    env = make(max_restarts=10)
    env.reset()
    step(env)
    ray.losses += [(1, "answer")]
    ray.failures += [(1, "start", EngineStartError("it was ended by signal SIGKILL"))] * 2
    step(env)
    assert (ray.losses, ray.failures) == ([], [])
    assert [restart.engine for restart in env.restarts] == [1]
    step(env)


def test_engines_that_never_start_again_end_the_run(make: Make, ray: SmallRay) -> None:
    env = make(max_restarts=100)
    env.reset()
    ray.losses += [(1, "answer")]
    ray.failures += [(1, "start", EngineStartError("no more room"))] * 50
    with pytest.raises(EngineStartError, match="no more room"):
        step(env)
    assert len(ray.failures) == 50 - START_TRIES
