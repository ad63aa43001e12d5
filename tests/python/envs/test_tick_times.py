"""How long the engine's ticks take: told per rollout and per episode, never at a run's expense."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.logger import Logger

from rl_training.envs import EnvSettings, make_vec_env
from rl_training.training.callbacks import TickTimesCallback

REPOSITORY = Path(__file__).parents[3]
PARTS = {"physics_ms_mean", "physics_ms_max", "frame_ms_mean", "frame_ms_max"}


@pytest.mark.engine
@pytest.mark.parametrize("kind", ["async", "subproc"])
def test_every_engine_tells_the_times_of_the_ticks_since(kind: Any) -> None:
    settings = EnvSettings(
        project_path=str(REPOSITORY),
        scene_path="res://scenes/features/vr_locomotion_test.tscn",
        num_envs=2,
        arenas=2,
        action_repeat=9,
    )
    env: Any = make_vec_env(settings, kind)
    try:
        env.reset()
        env.tick_times()
        for _ in range(5):
            env.step(np.zeros((env.num_envs, *env.action_space.shape), np.float32))
        times = env.tick_times()
        assert len(times) == 2
        for engine in times:
            assert engine["ticks"] == 5 * 9
            assert 0.0 < engine["physics_ms_mean"] <= engine["physics_ms_max"]
            assert engine["physics_ms_mean"] <= engine["frame_ms_mean"]
            assert engine["physics_ms_max"] <= engine["frame_ms_max"]
        assert env.tick_times() == []
    finally:
        env.close()


@pytest.mark.usefixtures("no_process_left")
def test_a_dead_engine_tells_nothing_and_the_next_step_replaces_it(
    fake_game: Callable[..., str], free_port: int
) -> None:
    settings = EnvSettings(
        env_path=fake_game(), port=free_port, num_envs=2, arenas=1, max_restarts=1, timeout_s=20.0
    )
    env: Any = make_vec_env(settings, "async")
    try:
        env.reset()
        pid = env.envs[0].process.pid
        os.kill(pid, signal.SIGKILL)
        env.envs[0].process.wait(10.0)
        assert env.tick_times() == []
        env.step(np.array([env.action_space.sample() for _ in range(env.num_envs)]))
        assert [restart.engine for restart in env.restarts] == [0]
    finally:
        env.close()


def test_a_rollout_logs_the_mean_over_ticks_and_the_largest_of_all_engines() -> None:
    engines = [
        {"ticks": 10, "physics_ms_mean": 1.0, "physics_ms_max": 9.0}
        | {"frame_ms_mean": 2.0, "frame_ms_max": 10.0},
        {"ticks": 30, "physics_ms_mean": 3.0, "physics_ms_max": 4.0}
        | {"frame_ms_mean": 4.0, "frame_ms_max": 50.0},
    ]
    callback = TickTimesCallback(lambda: engines)
    logger = Logger(None, [])
    callback.model = _Model(logger)  # type: ignore[assignment]
    callback._on_rollout_end()
    assert logger.name_to_value == {
        "engine/physics_ms_mean": 2.5,
        "engine/physics_ms_max": 9.0,
        "engine/frame_ms_mean": 3.5,
        "engine/frame_ms_max": 50.0,
    }


def test_short_rollouts_do_not_ask_engines_each_time() -> None:
    """An off-policy learner's rollout is a few decisions: asking would cost as much as playing."""
    asked: list[int] = []

    def take() -> list[dict[str, float]]:
        asked.append(1)
        names = ("physics_ms_mean", "physics_ms_max", "frame_ms_mean", "frame_ms_max")
        return [{"ticks": 10, **dict.fromkeys(names, 2.0)}]

    callback = TickTimesCallback(take, every_s=600.0)
    for _ in range(50):
        logger = Logger(None, [])
        callback.model = _Model(logger)  # type: ignore[assignment]
        callback._on_rollout_end()
        assert logger.name_to_value["engine/physics_ms_mean"] == 2.0
    assert len(asked) == 1


def test_an_environment_that_does_not_tell_logs_nothing() -> None:
    logger = Logger(None, [])
    callback = TickTimesCallback(list)
    callback.model = _Model(logger)  # type: ignore[assignment]
    callback._on_rollout_end()
    assert not logger.name_to_value


class _Model:
    def __init__(self, logger: Logger) -> None:
        self.logger = logger
