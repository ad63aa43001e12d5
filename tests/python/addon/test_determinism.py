"""One seed and the same actions give the same episodes, bit by bit, however they are run."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from rl_training.envs import GodotVecEnv

pytestmark = pytest.mark.engine

SCENE = "res://scenes/features/vr_locomotion_test.tscn"
REPOSITORY = Path(__file__).parents[3]
DECISIONS = 80
HELD = 8  # decisions for which an action is held, so that players get somewhere
SHARED = {"arenas": 4, "isolation": "shared"}
WORLDS = {"arenas": 4, "isolation": "worlds"}


class Rollout(NamedTuple):
    """DECISIONS + 1 observations (n, 4, size), and rewards and dones (DECISIONS, n)."""

    obs: NDArray[np.float32]
    rewards: NDArray[np.float32]
    dones: NDArray[np.bool_]

    def first_episode(self, agent: int) -> Rollout:
        last = int(np.argmax(self.dones[:, agent]))
        only = slice(agent, agent + 1)
        return Rollout(
            self.obs[: last + 1, only], self.rewards[:last, only], self.dones[:last, only]
        )


def roll(port: int, **settings: object) -> Rollout:
    """Play the actions of each agent, which depend on its number in the whole run only."""
    with GodotVecEnv(
        project_path=REPOSITORY,
        scene_path=SCENE,
        port=port,
        seed=11,
        action_repeat=6,
        **settings,  # type: ignore[arg-type]
    ) as env:
        size = env.action_space.shape[0]
        streams = [np.random.default_rng(agent) for agent in range(env.num_envs)]
        env.set_attr("reset_after", 200)  # so that episodes end within the test
        observations, rewards, dones = [env.reset()["obs"]], [], []
        for step in range(DECISIONS):
            if step % HELD == 0:
                actions = np.stack([stream.uniform(-1, 1, size) for stream in streams])
            obs, reward, done, _ = env.step(actions.astype(np.float32))
            observations.append(obs["obs"])
            rewards.append(reward)
            dones.append(done)
    rollout = Rollout(np.array(observations), np.array(rewards), np.array(dones))
    assert rollout.dones.any(axis=0).all()
    assert len(np.unique(rollout.rewards)) > DECISIONS // 2
    return rollout


def assert_identical(one: Rollout, other: Rollout) -> None:
    for name, first, second in zip(one._fields, one, other, strict=True):
        different = np.argwhere(first != second)
        assert first.tobytes() == second.tobytes(), f"{name} differs first at {different[:1]}"


@lru_cache
def worlds(port: int) -> Rollout:
    """Return four arenas in worlds of their own, in one process."""
    return roll(port, **WORLDS)


def test_a_fresh_process_repeats_the_run(free_port: int) -> None:
    assert_identical(roll(free_port, **SHARED), roll(free_port, **SHARED))


def test_arenas_differ_from_each_other(free_port: int) -> None:
    first = worlds(free_port).obs[0]
    assert len({row.tobytes() for row in first}) == 4  # every arena has an episode of its own


@pytest.mark.parametrize(
    "settings",
    [
        {"num_envs": 2, "arenas": 2, "isolation": "worlds"},
        {"num_envs": 4, "arenas": 1, "isolation": "worlds"},
        {**WORLDS, "transport": "json"},
        {**WORLDS, "fixed_fps": 11},
    ],
    ids=["2x2", "4x1", "json", "8 ticks a frame"],
)
def test_worlds_are_the_same_however_they_are_run(
    free_port: int, settings: dict[str, object]
) -> None:
    assert_identical(worlds(free_port), roll(free_port, **settings))


def test_one_arena_alone_plays_the_same_first_episode(free_port: int) -> None:
    alone = roll(free_port, arenas=1, isolation="worlds").first_episode(0)
    assert len(alone.rewards) > 20
    assert_identical(worlds(free_port).first_episode(0), alone)


@pytest.mark.parametrize("fixed_fps", [30, 11], ids=["3 ticks", "8 ticks"])
def test_several_ticks_a_frame_change_nothing_side_by_side(free_port: int, fixed_fps: int) -> None:
    assert_identical(roll(free_port, **SHARED), roll(free_port, **SHARED, fixed_fps=fixed_fps))
