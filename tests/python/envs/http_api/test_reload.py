"""A scene is reloaded in the middle of a training: episodes truncated, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3 import PPO

from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.http_api import EngineApi, HttpVecEnv, launch_engine
from rl_training.errors import HttpApiError
from rl_training.training.scene_reload import SceneReloadCallback

pytestmark = pytest.mark.engine

ROLLING = "res://tests/godot/fixtures/rolling_arena.tscn"
COUNTER = "res://tests/godot/fixtures/counter_arena.tscn"
TOKEN = "a token of the tests"
AGENTS = 3


@contextmanager
def over_tcp(
    repository: Path, port: int, isolation: str
) -> Iterator[tuple[EngineVecEnv, EngineApi]]:
    """A trainer's environment, and a client beside it."""
    words = ("--rl.http=true", f"--rl.http_port={port + 5}", f"--rl.http_token={TOKEN}")
    with (
        GodotVecEnv(
            project_path=repository, scene_path=ROLLING, port=port, arenas=AGENTS, env_args=words,
            isolation=isolation, action_repeat=4,
        ) as env,
        EngineApi(f"http://127.0.0.1:{port + 5}", TOKEN) as api,
    ):  # fmt: skip
        yield env, api


def check_reload(env: EngineVecEnv, api: EngineApi) -> None:
    env.reset()
    actions = np.tile(env.action_space.sample() * 0, (AGENTS, 1))
    for _ in range(3):
        before, _, dones, _ = env.step(actions)
    assert not dones.any()
    api.reload_scene()
    told, rewards, dones, infos = env.step(actions)
    assert dones.all(), "the reload ends every episode"
    assert (rewards == 0).all()
    for agent, info in enumerate(infos):
        assert info["TimeLimit.truncated"] is True
        last = info["terminal_observation"]["obs"]
        assert last.tobytes() == before["obs"][agent].tobytes()
    assert np.isfinite(told["obs"]).all()
    for _ in range(3):
        _, _, dones, infos = env.step(actions)
        assert not dones.any()
        assert not any("absent" in info for info in infos)


@pytest.mark.parametrize("isolation", ["shared", "worlds"])
def test_a_trainers_episodes_are_truncated(
    repository: Path, free_port: int, isolation: str
) -> None:
    with over_tcp(repository, free_port, isolation) as (env, api):
        check_reload(env, api)
        with pytest.raises(HttpApiError, match="trainer plays this scene"):
            api.load_scene(COUNTER)
        with pytest.raises(HttpApiError, match="another drives"):
            api.act([0.0, 0])
        assert api.status()["driver"] == "trainer"


def test_over_http_they_are_truncated_too(repository: Path) -> None:
    settings = EnvSettings(
        project_path=str(repository), scene_path=ROLLING, arenas=AGENTS, action_repeat=4
    )
    with launch_engine(settings) as engine, HttpVecEnv([engine.api]) as env:
        check_reload(env, engine.api)


def test_a_policy_learns_over_reloads(repository: Path, free_port: int) -> None:
    with over_tcp(repository, free_port, "shared") as (env, api):
        reload = SceneReloadCallback(api, 60)
        model = PPO("MultiInputPolicy", env, n_steps=32, batch_size=48, n_epochs=1, device="cpu")
        model.learn(384, callback=reload)
        assert reload.reloads == 6
        assert model.num_timesteps == 384
        assert model.rollout_buffer.full
        assert np.isfinite(model.rollout_buffer.rewards).all()


def test_a_paused_trainer_waits(repository: Path, free_port: int) -> None:
    """The API answers while the trainer holds the tree, and while the trainer waits."""
    with over_tcp(repository, free_port, "shared") as (env, api):
        actions = np.tile(env.action_space.sample() * 0, (AGENTS, 1))
        env.seed(3)
        env.reset()
        assert api.status()["holds_tree"] is True
        env.step(actions)
        assert api.status()["holds_tree"] is True, "it waits for the next action"
        untouched, _, _, _ = env.step(actions)
        env.seed(3)
        env.reset()
        env.step(actions)
        tick = api.status()["tick"]
        api.pause()
        env.step_async(actions)
        assert api.step(ticks=3) == {"ticks": 3}
        assert api.status()["tick"] == tick + 3
        assert len(api.observation()) == AGENTS
        api.pause(False)
        told, _, _, _ = env.step_wait()
        assert api.status()["tick"] == tick + 4
        assert told["obs"].tobytes() == untouched["obs"].tobytes(), "four ticks, as ever"
