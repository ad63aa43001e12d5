"""Games and clients written for godot-rl's own plugin and package, against our addon."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rl_training.engine import ensure_imported, find_engine
from rl_training.envs import GodotVecEnv

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
