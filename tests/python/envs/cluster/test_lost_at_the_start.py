"""Actors that are lost before they have played are made anew, a few times; no Ray here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.crew import START_TRIES, ActorLostError
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


def test_who_is_lost_before_it_played_is_made_anew(
    make: Make, ray: SmallRay, caplog: pytest.LogCaptureFixture
) -> None:
    ray.losses = [(0, "look"), (2, "look"), (2, "start"), (2, "look")]
    with caplog.at_level(logging.WARNING):
        env = make()
    assert ray.losses == []
    assert len(ray.actors) == ENGINES + 4
    assert [actor.is_dead for actor in ray.actors].count(False) == ENGINES
    told = [message for message in caplog.messages if "before it played" in message]
    assert len(told) == 4
    assert told[0].startswith("actor 0 (engine 0) was lost: The actor is dead")
    env.reset()
    actions = np.stack([env.action_space.sample()] * env.num_envs)
    _obs, rewards, _dones, _infos = env.step(actions)
    assert rewards.shape == (env.num_envs,)
    assert env.restarts == [], "nothing that was played is lost"


def test_who_is_lost_again_and_again_ends_the_run(make: Make, ray: SmallRay) -> None:
    ray.losses = [(1, "start")] * (START_TRIES + 1)
    with pytest.raises(ActorLostError, match=r"actor 1 \(engine 1.*\) was lost"):
        make()
    assert ray.losses == []
