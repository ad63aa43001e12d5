"""The pixel scenario through the wire, on a virtual screen: what the camera shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.engine import find_xvfb
from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from tests.python.scenarios.random_play import open_scenario, play, uniform

pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(240),
    pytest.mark.skipif(find_xvfb() is None, reason="no virtual screen"),
]


def room(**changes: Any) -> GodotVecEnv:
    return open_scenario("pixel_target", screen="virtual", **changes)


def pictures(env: GodotVecEnv) -> np.ndarray[Any, Any]:
    """Return what the first of four arenas sees in 25 drawn decisions."""
    return play(env, uniform(25, 4, 2), "camera_2d").observations[:, 0]


def test_it_sees_bytes_in_colours_and_the_same_from_the_same_seed() -> None:
    with room() as env:
        space = env.observation_space["camera_2d"]
        assert (space.shape, space.dtype) == ((3, 36, 36), np.uint8)
        first = pictures(env)
        again = pictures(env)
    with room(isolation="shared") as env:
        shared = pictures(env)
    np.testing.assert_array_equal(first, again)
    # Walls hide the other copies: what is side by side looks as what is alone.
    np.testing.assert_array_equal(first, shared)
    assert len({picture.tobytes() for picture in first}) > 8


def test_who_turns_round_sees_the_red_pillar() -> None:
    seen = np.zeros(16, dtype=bool)
    with room(arenas=16) as env:
        env.reset()
        turn = np.tile([0.0, 1.0], (16, 1)).astype(np.float32)
        for _ in range(26):
            picture = env.step(turn)[0]["camera_2d"].astype(int)
            red, green, blue = picture[:, 0, 18], picture[:, 1, 18], picture[:, 2, 18]
            seen |= ((red > 150) & (green < 80) & (blue < 80)).any(axis=1)
    # Another pillar can hide it.
    assert seen.sum() >= 14


def test_terms_add_up_to_the_reward() -> None:
    terms = set(get_scenario("pixel_target").reward_terms)
    with room() as env:
        env.reset()
        generator = np.random.default_rng(1)
        earned = np.zeros(4)
        ended = 0
        for _ in range(400):
            actions = generator.uniform([0.0, -0.5], [1.0, 1.0], (4, 2)).astype(np.float32)
            _, rewards, dones, infos = env.step(actions)
            earned += rewards
            for index in np.flatnonzero(dones):
                assert set(infos[index]["reward_terms"]) == terms
                assert sum(infos[index]["reward_terms"].values()) == pytest.approx(
                    earned[index], abs=1e-3
                )
                earned[index] = 0.0
                ended += 1
    assert ended >= 8
