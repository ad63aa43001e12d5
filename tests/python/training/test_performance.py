"""The game's performance in infos, in a run's log and in reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.logger import Logger

from rl_training.envs import EnvSettings, make_vec_env
from rl_training.envs.settings import PERFORMANCE_ARGS
from rl_training.evaluation.performance import over_episodes
from rl_training.training.performance_callback import PerformanceCallback

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.engine
def test_infos_tell_the_game_of_each_decision_and_of_each_episode() -> None:
    env = _counter(PERFORMANCE_ARGS)
    try:
        env.reset()
        episodes = []
        for _ in range(500):
            _, _, dones, infos = env.step(np.zeros((env.num_envs, 1), np.float32))
            figures = [info["performance"] for info in infos]
            assert all(each["budget_ms"] == 11.11 for each in figures)
            assert all(each["physics_frame_time_ms"] > 0.0 for each in figures)
            assert all(each["physics_frame_time_ratio"] > 0.0 for each in figures)
            assert all(each["memory_mb"] > 1.0 for each in figures)
            json.dumps(figures)
            episodes += [figures[row]["episode"] for row in np.flatnonzero(dones)]
            if episodes:
                break
        assert episodes
        for each in episodes:
            assert 0.0 < each["physics_frame_time_ms"] <= each["physics_frame_time_max_ms"]
            assert 0.0 < each["render_frame_time_ms"] <= each["render_frame_time_max_ms"]
            assert each["late_ticks"] >= 0
            assert each["object_count"] > 100
    finally:
        env.close()


@pytest.mark.engine
def test_without_being_asked_nothing_is_told() -> None:
    env = _counter(())
    try:
        env.reset()
        _, _, _, infos = env.step(np.zeros((env.num_envs, 1), np.float32))
        assert not any("performance" in info for info in infos)
    finally:
        env.close()


@pytest.mark.engine
def test_what_the_trainer_takes_is_not_the_games_time() -> None:
    """A trainer that thinks for 50 ms at each decision adds nothing to any tick or frame."""
    import time

    env = _counter(PERFORMANCE_ARGS)
    try:
        env.reset()
        quickest = np.inf
        for _ in range(10):
            time.sleep(0.05)
            _, _, _, infos = env.step(np.zeros((env.num_envs, 1), np.float32))
            told = infos[0]["performance"]
            quickest = min(quickest, told["physics_frame_time_max_ms"])
            quickest = min(quickest, told["render_frame_time_max_ms"])
        assert quickest < 50.0
    finally:
        env.close()


def test_a_rollout_logs_mean_ratios_and_the_largest_of_the_rest() -> None:
    callback = PerformanceCallback()
    logger = Logger(None, [])
    callback.model = _Model(logger)  # type: ignore[assignment]
    callback._on_rollout_start()
    for ratio, memory in ((0.5, 100.0), (1.5, 80.0)):
        told: dict[str, Any] = {"physics_frame_time_ratio": ratio, "memory_mb": memory}
        told |= {"chunk_count_ratio": float("nan"), "history": []}
        callback.locals = {"infos": [{"performance": told}, {}]}
        assert callback._on_step()
    callback._on_rollout_end()
    assert logger.name_to_value == {
        "performance/physics_frame_time_ratio": 1.0,
        "performance/memory_mb": 100.0,
    }


def test_an_environment_that_does_not_tell_logs_nothing() -> None:
    callback = PerformanceCallback()
    logger = Logger(None, [])
    callback.model = _Model(logger)  # type: ignore[assignment]
    callback._on_rollout_start()
    callback.locals = {"infos": [{}, {"performance": None}]}
    callback._on_step()
    callback._on_rollout_end()
    assert not logger.name_to_value


def test_episodes_are_put_together_by_what_a_number_is() -> None:
    assert over_episodes(
        [
            {"physics_frame_time_ms": 1.0, "physics_frame_time_max_ms": 9.0, "late_ticks": 2},
            {"physics_frame_time_ms": 3.0, "physics_frame_time_max_ms": 4.0, "late_ticks": 5},
        ]
    ) == {"physics_frame_time_ms": 2.0, "physics_frame_time_max_ms": 9.0, "late_ticks": 7}
    assert over_episodes([]) == {}


def _counter(env_args: tuple[str, ...]) -> Any:
    settings = EnvSettings(
        project_path=str(REPOSITORY),
        scene_path="res://tests/godot/fixtures/counter_arena.tscn",
        num_envs=1,
        port=0,
        arenas=2,
        action_repeat=9,
        env_args=env_args,
    )
    return make_vec_env(settings, "async")


class _Model:
    def __init__(self, logger: Logger) -> None:
        self.logger = logger
