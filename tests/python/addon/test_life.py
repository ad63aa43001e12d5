"""A game with a menu, scene changes and reloads, whose enemies are spawned, moved, pooled, freed.

Whatever drives them, every living agent acts, no script fails, and nothing of ours ends the game.
"""

from __future__ import annotations

import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.engine import ensure_imported, find_engine
from rl_training.envs import GodotVecEnv
from rl_training.errors import HarnessError
from tests.python.addon.life import NOBODY, copy_game, play

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_game(tmp_path_factory.mktemp("life") / "game")
    ensure_imported(find_engine(), folder)
    return folder


@pytest.fixture(scope="module")
def command(game: Path) -> list[str | Path]:
    return [find_engine().path, "--path", game]


@pytest.mark.parametrize("mode", ["onnx", "human", "remote"])
def test_agents_come_and_go(command: list[str | Path], mode: str) -> None:
    told = play(command, f"mode={mode}", "ticks=3000", NOBODY)
    assert told["code"] == 0, told["output"]
    assert told["ticks"] == 3000
    assert told["scene_changes"] >= 10
    assert told["spawned"] >= 100
    assert told["idle"] == []
    assert told["errors"] == []
    assert told["bad_actions"] == 0


def test_a_menu_comes_first(command: list[str | Path]) -> None:
    told = play(command, "mode=onnx", "plot=menu", "ticks=120")
    assert told["code"] == 0
    assert told["errors"] == []
    assert told["idle"] == []


@pytest.mark.parametrize("mode", ["onnx", "human"])
def test_a_thousand_faults_in_play(command: list[str | Path], mode: str) -> None:
    """NaN, missing, oversized and ill-typed values: one message a kind, and play goes on."""
    told = play(command, f"mode={mode}", "faults", "ticks=6000")
    assert told["code"] == 0, told["output"][-2000:]
    assert told["ticks"] == 6000
    assert told["bad_actions"] == 0
    if mode == "onnx":
        assert told["mutations"] > 1000
    kinds = [line for line in told["errors"] if "godot_rl:" in line]
    assert len(kinds) == len(told["errors"]), told["errors"]
    assert len(kinds) <= 6, kinds


def test_a_missing_model_leaves_the_game_to_itself(command: list[str | Path]) -> None:
    told = play(command, "mode=onnx", "model=res://missing.onnx", "ticks=300")
    assert told["code"] == 0
    said = [line for line in told["errors"] if "missing.onnx" in line]
    assert any("the game's own control acts instead" in line for line in said), told["errors"]
    assert len(told["errors"]) <= 3


@pytest.mark.parametrize(
    "words",
    [
        ["--port=7777"],
        ["--port=auto"],
        ["--episodes=3"],
        ["--replay=x"],
        ["--speedup=fast"],
        ["--actions=list"],
        ["--arenas=0"],
        ["--env_seed=abc"],
        ["--onnx_model=portrait.onnx"],
        ["--rl.speedup=fast"],
    ],
)
def test_arguments_of_the_game_change_nothing(command: list[str | Path], words: list[str]) -> None:
    told = play(command, "mode=human", "plot=menu", "ticks=60", *words)
    assert told["code"] == 0
    assert told["ticks"] == 60
    prefixed = words[0].startswith("--rl.")
    assert len(told["errors"]) == int(prefixed), told["errors"]


def test_the_games_random_numbers_are_its_own(command: list[str | Path]) -> None:
    numbers = {
        play(command, f"mode={mode}", "plot=menu", "ticks=90")["first_random"]
        for mode in ("onnx", "onnx", "human")
    }
    assert len(numbers) == 3


@pytest.fixture
def silent_port() -> Iterator[int]:
    """The default port of trainers, taken by somebody who accepts and says nothing."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", 11008))
        except OSError:
            pytest.skip("port 11008 is taken")
        server.listen()
        yield 11008


@pytest.mark.usefixtures("silent_port")
def test_one_who_listens_and_is_no_trainer_costs_nothing(command: list[str | Path]) -> None:
    told = play(command, "mode=remote", "plot=menu", "ticks=600")
    assert told["code"] == 0
    assert told["ticks"] == 600
    assert told["errors"] == []


def remote(game: Path, plot: str, port: int, **more: Any) -> GodotVecEnv:
    scene = "res://menu.tscn" if plot == "menu" else "res://level.tscn"
    return GodotVecEnv(
        project_path=game,
        scene_path=scene,
        port=port,
        arenas=1,
        action_repeat=4,
        env_args=["mode=remote", f"plot={plot}", "ticks=0"],
        timeout_s=30,
        **more,
    )


def test_a_trainer_waits_for_the_menu(game: Path, free_port: int) -> None:
    with remote(game, "menu", free_port) as env:
        assert env.reset()["obs"].shape == (1, 3)
        for _ in range(20):
            _, _, dones, infos = env.step(np.zeros((1, *env.action_space.shape), np.float32))
        assert "absent" not in infos[0]
        assert dones.shape == (1,)


def test_a_reload_ends_the_episode_and_the_run_goes_on(game: Path, free_port: int) -> None:
    with remote(game, "reload", free_port) as env:
        env.reset()
        ends = []
        for _ in range(120):
            _, _, dones, infos = env.step(np.zeros((1, *env.action_space.shape), np.float32))
            if dones[0]:
                ends.append(infos[0])
        left = [info for info in ends if "absent" in info]
        assert len(left) >= 3
        for info in left:
            assert info["TimeLimit.truncated"] is True
            assert "Brain left the tree" in info["absent"]
            assert info["terminal_observation"]["obs"].shape == (3,)
        assert any("absent" not in info for info in ends)  # time limits between the reloads


def test_a_run_whose_agents_are_gone_fails_and_names_them(game: Path, free_port: int) -> None:
    def drive() -> None:
        with remote(game, "gone", free_port) as env:
            env.reset()
            for _ in range(10_000):
                env.step(np.zeros((1, *env.action_space.shape), np.float32))

    began = time.monotonic()
    with pytest.raises(HarnessError, match=r"/root/Level/Player/Brain"):
        drive()
    assert time.monotonic() - began < 25


def test_an_evaluation_whose_agents_are_gone_fails(game: Path, tmp_path: Path) -> None:
    words = ["mode=onnx", "plot=gone", "ticks=0", "--env_seed=1", "--episodes=50"]
    words += [f"--onnx_model={game / 'policy.onnx'}", f"--report={tmp_path / 'r.json'}"]
    told = play([find_engine().path, "--path", game, "res://level.tscn"], *words, limit_s=60)
    assert told["code"] == 1
    assert re.search(r"1 agents left the tree .*/root/Level/Player/Brain", told["output"])


def test_a_trainer_found_beside_the_game_takes_over(game: Path) -> None:
    """A developer starts training and presses F5: the game connects by itself."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 11008)) == 0:
            pytest.skip("port 11008 is taken")
    from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv

    engines: list[subprocess.Popen[bytes]] = []
    taken = threading.Event()

    def launch() -> None:
        # The stock client listens only in its constructor, and waits there.
        if taken.wait(0.5):
            return
        engines.append(
            subprocess.Popen(
                [
                    *(str(find_engine().path), "--path", str(game), "--headless"),
                    *("--fixed-fps", "60", "res://level.tscn"),
                    *("mode=remote", "plot=none", "ticks=200000"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    thread = threading.Thread(target=launch)
    thread.start()
    try:
        try:
            env = StableBaselinesGodotEnv(port=11008)
        except OSError as error:
            taken.set()
            pytest.skip(f"port 11008 is taken: {error}")
        assert env.reset()["obs"].shape == (1, 3)
        obs, *_ = env.step(np.zeros((1, *env.action_space.shape), np.float32))
        assert np.isfinite(obs["obs"]).all()
        env.close()
        assert engines[0].wait(10.0) == 0
    finally:
        thread.join()
        for engine in engines:
            engine.kill()
