"""Games and clients written for godot-rl's own plugin and package, against our addon."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.engine import ensure_imported, find_engine
from rl_training.envs import GodotVecEnv
from rl_training.errors import EngineStartError

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).with_name("stock_style_project")
GOAL = 13  # ticks to the goal in ball_player.gd


@pytest.fixture(scope="module")
def stock_style_game(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A project as users of the stock plugin have it, with our addon dropped in."""
    folder = tmp_path_factory.mktemp("stock_style") / "game"
    shutil.copytree(PROJECT, folder)
    shutil.copytree(repository / "addons" / "godot_rl", folder / "addons" / "godot_rl")
    ensure_imported(find_engine(), folder)
    return folder


@pytest.mark.parametrize("action_repeat", [1, 4, 13, 26, 30])
def test_a_game_that_polls_needs_reset(
    stock_style_game: Path, free_port: int, action_repeat: int
) -> None:
    """The player scores at tick 13 and resets itself in its next tick, whenever that is."""
    with GodotVecEnv(
        project_path=stock_style_game, port=free_port, arenas=3, action_repeat=action_repeat
    ) as env:
        env.reset()
        ends = 0
        for _ in range(40):
            obs, rewards, dones, infos = env.step(np.zeros((3, 2), np.float32))
            assert len(set(dones.tolist())) == 1
            if dones[0]:
                ends += 1
                assert infos[0]["terminal_observation"]["obs"][0] == GOAL
                assert infos[0]["TimeLimit.truncated"] is False
                assert infos[0]["is_success"] is True
                assert obs["obs"][0, 0] < GOAL
                assert rewards[0] >= 10.0
                if action_repeat <= GOAL:  # else a second end may fall into the same decision
                    assert obs["obs"][0, 1] == ends + 1
        assert ends >= 40 * action_repeat // (GOAL + 1 + action_repeat)


def test_the_sync_node_of_the_scene_sets_action_repeat(
    stock_style_game: Path, free_port: int
) -> None:
    with GodotVecEnv(project_path=stock_style_game, port=free_port, arenas=1) as env:
        env.reset()
        obs, *_ = env.step(np.zeros((1, 2), np.float32))
        assert obs["obs"][0, 0] == 4


def test_the_time_limit_of_a_polling_game_truncates(stock_style_game: Path, free_port: int) -> None:
    with GodotVecEnv(
        project_path=stock_style_game, port=free_port, arenas=2, action_repeat=4
    ) as env:
        env.set_attr("reset_after", 8)
        env.reset()
        env.step(np.zeros((2, 2), np.float32))
        obs, _, dones, infos = env.step(np.zeros((2, 2), np.float32))
        assert dones.all()
        assert infos[1]["TimeLimit.truncated"] is True
        # The tick in which the player resets itself counts for its controller.
        assert infos[1]["terminal_observation"]["obs"][0] == 7
        assert obs["obs"][1, 0] == 0


def episodes(
    env: GodotVecEnv, action: list[float], decisions: int
) -> list[tuple[float, dict[str, Any]]]:
    """Return (sum of rewards, info) of each episode that agent 0 ends; its agents act alike."""
    ended = []
    total = 0.0
    for _ in range(decisions):
        actions = np.tile(np.array(action, env.action_space.dtype), (env.num_envs, 1))
        _, rewards, dones, infos = env.step(actions)
        assert len(set(rewards.tolist())) == 1
        total += float(rewards[0])
        if dones[0]:
            ended.append((total, infos[0]))
            total = 0.0
    return ended


def game(folder: Path, scene: str, port: int, action_repeat: int) -> GodotVecEnv:
    return GodotVecEnv(
        project_path=folder,
        scene_path=f"res://{scene}.tscn",
        port=port,
        arenas=3,
        action_repeat=action_repeat,
        isolation="worlds",
    )


@pytest.mark.parametrize("action_repeat", [1, 3, 8])
def test_a_controller_that_resets_its_game_within_the_tick(
    stock_style_game: Path, free_port: int, action_repeat: int
) -> None:
    """It overrides _physics_process and empties its reward in get_reward, as JumperHard's does."""
    with game(stock_style_game, "jumper", free_port, action_repeat) as env:
        assert env.reset()["obs"].tolist() == [[0, 1, 0]] * 3
        fallen = episodes(env, [1.0, 0.0], 60)
        assert len(fallen) >= 60 * action_repeat // 11 - 1
        for total, info in fallen:
            assert total == 11 - 5
            assert info["terminal_observation"]["obs"][0] == 11
            assert info["TimeLimit.truncated"] is False
        env.reset()
        timed_out = episodes(env, [-1.0, 0.0], 60)
        assert timed_out
        for total, info in timed_out:
            assert total == 20
            height, _, grounded = info["terminal_observation"]["obs"]
            assert height == 20
            assert grounded == 1.0  # a boolean in the observation
            assert info["TimeLimit.truncated"] is True


@pytest.mark.parametrize("action_repeat", [1, 3, 8])
def test_a_2d_game_with_a_ray_sensor_and_a_wall(
    stock_style_game: Path, free_port: int, action_repeat: int
) -> None:
    with game(stock_style_game, "chaser", free_port, action_repeat) as env:
        first = env.reset()["obs"]
        assert first.shape == (3, 6)
        assert first[0, 2:].max() > 0.2  # rays see the wall
        hits = episodes(env, [1.0, 0.0], 60)
        assert len(hits) >= 60 * action_repeat // 20
        for total, info in hits:
            ticks = -(total + 10) / 0.25
            assert 10 <= ticks <= 12
            assert info["terminal_observation"]["obs"][0] > 0.9
            assert info["TimeLimit.truncated"] is False
        env.reset()
        # Its own clock allows one tick more than reset_after; the one in which it reset counts.
        for total, info in episodes(env, [0.0, 0.0], 60):
            assert total == -0.25 * 30
            assert info["TimeLimit.truncated"] is True


@pytest.mark.parametrize("action_repeat", [1, 3, 8])
def test_a_controller_whose_reward_follows_done(
    stock_style_game: Path, free_port: int, action_repeat: int
) -> None:
    """Discrete actions read as properties, the reward set after done, a get_obs that remembers."""
    with game(stock_style_game, "lander", free_port, action_repeat) as env:
        assert env.reset().keys() == {"obs"}
        landed = episodes(env, [0, 2], 60)
        assert landed
        for total, info in landed:
            assert total == 3.0
            assert info["is_success"] is True
            assert info["terminal_observation"]["obs"][0] == 0.0
            assert info["TimeLimit.truncated"] is False
        env.reset()
        hovered = episodes(env, [1, 1], 60)
        assert hovered
        for total, info in hovered:
            assert total == -7.0
            assert info["is_success"] is False
            assert info["TimeLimit.truncated"] is True


def test_an_agent_that_is_no_controller_is_named(stock_style_game: Path, free_port: int) -> None:
    with pytest.raises(EngineStartError, match=r"Player .*bare_agent.* AIController2D or"):
        game(stock_style_game, "bare_agent", free_port, 8)


@pytest.fixture
def engine_for_the_stock_client(repository: Path, free_port: int) -> Iterator[int]:
    """An engine that connects to the stock client once that one listens."""
    command = [
        str(find_engine().path),
        *("--headless", "--fixed-fps", "90", "--path", str(repository)),
        "res://tests/godot/fixtures/counter_arena.tscn",
        *(f"--port={free_port}", "--env_seed=3", "--arenas=4", "--action_repeat=8"),
    ]
    launcher = (
        "import socket, subprocess, sys, time\n"
        "end = time.monotonic() + 30\n"
        "while time.monotonic() < end:\n"
        f"    if ':{free_port:04X}' in open('/proc/net/tcp').read():\n"
        "        sys.exit(subprocess.run(sys.argv[1:], timeout=60).returncode)\n"
        "    time.sleep(0.05)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", launcher, *command])
    yield free_port
    assert process.wait(30) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the launcher reads /proc/net/tcp")
def test_the_stock_client_drives_our_addon(engine_for_the_stock_client: int) -> None:
    """godot-rl's GodotEnv and PPO, unchanged, train against our addon."""
    from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecMonitor

    env = StableBaselinesGodotEnv(port=engine_for_the_stock_client)
    try:
        assert env.num_envs == 4
        first = env.reset()["obs"]
        assert not first[:, 0].any()
        obs, rewards, dones, _ = env.step(np.zeros((4, 1), np.float32))
        assert obs["obs"][:, 0].tolist() == [8.0] * 4
        assert rewards.tolist() == [8.0] * 4
        assert not dones.any()
        model = PPO("MultiInputPolicy", VecMonitor(env), n_steps=32, batch_size=64, n_epochs=1)
        model.learn(256)
        assert model.num_timesteps == 256
    finally:
        env.close()
