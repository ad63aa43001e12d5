"""Policies and random actions while a fake engine is explored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rl_training.envs.settings import EnvSettings
from rl_training.exploration.explorer import explore
from rl_training.exploration.players import PolicyPlayer, RandomPlayer
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.world import World
from rl_training.play.players import Players

pytestmark = pytest.mark.usefixtures("no_process_left")


@pytest.fixture
def settings(fake_game: Callable[..., str]) -> EnvSettings:
    path = fake_game(
        groups={"shared_policy": {"agents": 1}}, transport="binary2", episode_length=9, cells=2
    )
    return EnvSettings(env_path=path, arenas=3, isolation="worlds", port=0, max_restarts=9)


def test_a_policy_acts_on_what_each_arena_observes(settings: EnvSettings, policy: Path) -> None:
    with World(settings) as world:
        player = PolicyPlayer(Players.of(policy), world, seed=0, noise=0.0)
        world.begin({0: 1, 1: 2, 2: 3})
        wanted = np.array([True, False, True])
        assert player.act(world, wanted)[0] == pytest.approx([0.0, 0.5])
        for _ in range(4):
            world.step(player.act(world, wanted))
        assert player.act(world, wanted)[2] == pytest.approx([0.4, 0.5], abs=1e-6)


def test_a_mixture_plays_in_all_ways(settings: EnvSettings, policy: Path) -> None:
    request = ExplorationRequest(
        settings,
        way="mixture",
        policies=(Players.of(policy),),
        decisions=400,
        noise=0.1,
        burst=3,
        confirm=0,
    )
    found = explore(request)
    assert set(found.episodes) == {"search", "policy 0", "search, then policy 0", "random"}
    assert found.returns.exact == found.returns.tried > 0


def test_random_actions_are_held(settings: EnvSettings) -> None:
    with World(settings) as world:
        world.begin({0: 1, 1: 2, 2: 3})
        player = RandomPlayer(world.spans, seed=4, hold=0.8)
        wanted = np.ones(3, np.bool_)
        rows = np.stack([player.act(world, wanted)[0] for _ in range(200)])
        kept = (rows[1:] == rows[:-1]).all(axis=1).mean()
        assert 0.7 < kept < 0.9
        before = player.act(world, wanted)[0]
        player.forget(0)
        assert (player.act(world, wanted)[0] != before).any(), "a new episode draws anew"
