"""What is played over HTTP alone is what is played over TCP, bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.http_api import HttpVecEnv, launch_engine

pytestmark = pytest.mark.engine

SEED = 20260
SCENES = {
    "rolling": ("res://tests/godot/fixtures/rolling_arena.tscn", 150),
    "counter": ("res://tests/godot/fixtures/counter_arena.tscn", 20),
    "hybrid": ("res://tests/godot/fixtures/hybrid_arena.tscn", 20),
}


def play(env: EngineVecEnv, decisions: int) -> list[Any]:
    """Return everything that the environment tells while actions of one seed are played."""
    random = np.random.default_rng(7)
    told: list[Any] = [env.reset(), env.reset_infos]
    for _ in range(decisions):
        actions = [_draw(env.action_space, random) for _ in range(env.num_envs)]
        told.append(env.step(np.stack(actions)))
    return told


def _draw(space: Any, random: np.random.Generator) -> NDArray[Any]:
    if hasattr(space, "nvec"):
        return np.asarray(random.integers(space.nvec))
    return np.asarray(random.uniform(-1.0, 1.0, space.shape), np.float32)


def assert_same(one: Any, other: Any, where: str = "told") -> None:
    assert type(one) is type(other), where
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        assert one.tobytes() == other.tobytes(), where
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            assert_same(one[key], other[key], f"{where}[{key!r}]")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    else:
        assert one == other, where


@pytest.mark.parametrize("name", SCENES)
def test_an_episode_over_http_is_that_over_tcp(
    repository: Path, free_port: int, name: str, no_process_left: None
) -> None:
    scene, decisions = SCENES[name]
    settings = EnvSettings(
        project_path=str(repository), scene_path=scene, port=free_port, arenas=2, seed=SEED,
        isolation="worlds", transport="json", action_repeat=4,
    )  # fmt: skip
    with GodotVecEnv.from_settings(settings) as over_tcp:
        expected = play(over_tcp, decisions)
    with launch_engine(settings) as engine, HttpVecEnv([engine.api], seed=SEED) as over_http:
        found = play(over_http, decisions)
    assert any(step[2].any() for step in expected[2:]), "no episode ended"
    assert_same(expected, found)


def test_the_same_when_a_game_had_been_running(repository: Path, free_port: int) -> None:
    """The client takes the wheel of a game that played by itself until then."""
    settings = EnvSettings(
        project_path=str(repository), scene_path=SCENES["rolling"][0], port=free_port, arenas=1,
        seed=SEED, action_repeat=4,
    )  # fmt: skip
    with GodotVecEnv.from_settings(settings) as over_tcp:
        expected = play(over_tcp, 60)
    with launch_engine(settings, drive=False) as engine:
        assert engine.api.status()["driver"] == "game"
        engine.api.load_scene(settings.scene_path or "")
        with HttpVecEnv([engine.api], seed=SEED) as over_http:
            assert engine.api.status()["driver"] == "http"
            found = play(over_http, 60)
    assert_same(expected, found)
