"""What a user reads when a scene or a command line is wrong: one clear line, and nothing left."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from rl_training.diagnosis.game_checks import check_game
from rl_training.diagnosis.subject import Subject
from rl_training.engine import find_engine
from rl_training.envs import GodotVecEnv
from rl_training.errors import HarnessError, UsageError

pytestmark = pytest.mark.engine

FIXTURES = "res://tests/godot/fixtures"


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("faulty_nan", r"Faulty/AIController3D\): observation 'obs'\[1\] \(speed\) is nan"),
        ("faulty_size", r"observation 'obs' has 2 elements, its declared size is 3"),
        ("faulty_action_type", r"action 'push' has action_type 'fuzzy'; use \"continuous\""),
        ("faulty_reward", r"the reward is inf"),
        ("no_agent", r"no AIController in the scene res://tests/godot/fixtures/no_agent.tscn"),
    ],
)
@pytest.mark.usefixtures("no_process_left")
def test_the_cause_is_named(repository: Path, free_port: int, scene: str, said: str) -> None:
    def play() -> None:
        with GodotVecEnv(
            project_path=repository,
            scene_path=f"{FIXTURES}/{scene}.tscn",
            port=free_port,
            arenas=2,
            timeout_s=30,
        ) as env:
            env.reset()
            for _ in range(10):
                env.step(np.zeros((2, 1), np.float32))

    started = time.monotonic()
    with pytest.raises(HarnessError, match=said) as caught:
        play()
    assert "\n" not in str(caught.value)
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--action_repeat=0", "--action_repeat takes an integer from 1 to 10000, not '0'"),
        ("--rl.action_repeat=0", "--action_repeat takes an integer from 1 to 10000, not '0'"),
        ("--isolation=none", "--isolation takes"),
        ("--arenas=1", "nobody listens on 127.0.0.1:1"),
    ],
)
def test_the_engine_refuses_a_bad_command_line(repository: Path, argument: str, said: str) -> None:
    result = subprocess.run(
        [
            str(find_engine().path),
            *("--headless", "--fixed-fps", "90", "--path", str(repository)),
            *(f"{FIXTURES}/counter_arena.tscn", "--port=1", "--env_seed=0", argument),
        ],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 1
    assert said in result.stdout + result.stderr


def test_an_evaluation_of_a_missing_model_is_refused(repository: Path) -> None:
    result = subprocess.run(
        [
            str(find_engine().path),
            *("--headless", "--fixed-fps", "90", "--path", str(repository)),
            *(f"{FIXTURES}/counter_arena.tscn", "--onnx_model=res://missing.onnx", "--episodes=3"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 1
    assert "missing.onnx" in result.stdout + result.stderr


def test_a_bad_call_is_the_callers_mistake_only(repository: Path, free_port: int) -> None:
    with GodotVecEnv(
        project_path=repository,
        scene_path=f"{FIXTURES}/counter_arena.tscn",
        port=free_port,
        arenas=2,
    ) as env:
        env.reset()
        with pytest.raises(UsageError, match=r"'dance' cannot be called: .* has no method 'dance'"):
            env.env_method("dance")
        with pytest.raises(UsageError, match="'begin_episode' takes 1 to 1 arguments, got 2"):
            env.env_method("begin_episode", 1, 2)
        _, rewards, _, _ = env.step(np.zeros((2, 1), np.float32))
        assert rewards.tolist() == [8.0, 8.0]


def test_a_project_without_a_scene_is_left_alone(repository: Path, tmp_path: Path) -> None:
    script = tmp_path / "quits.gd"
    script.write_text(
        "extends SceneTree\n\n\n"
        "func _initialize() -> void:\n\tcreate_timer(0.2).timeout.connect(quit)\n"
    )
    result = subprocess.run(
        [
            str(find_engine().path),
            *("--headless", "--fixed-fps", "90", "--path", str(repository)),
            *("--script", str(script)),
        ],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 0
    assert "ERROR" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("last_words", "said"),
    [
        (b"", "the trainer closed the connection"),
        (b"\x03\x00\x00\x00abc", "a message is not JSON"),
        (b"\xff\xff\xff\xff", "a frame announces 4294967295 bytes"),
    ],
    ids=["vanishes", "nonsense", "huge"],
)
def test_a_trainer_that_is_lost_ends_the_engine(
    repository: Path, tmp_path: Path, last_words: bytes, said: str
) -> None:
    log = tmp_path / "engine.log"
    with socket.create_server(("127.0.0.1", 0)) as server, log.open("wb") as output:
        server.settimeout(30.0)
        engine = subprocess.Popen(
            [
                str(find_engine().path),
                *("--headless", "--fixed-fps", "90", "--path", str(repository)),
                f"{FIXTURES}/counter_arena.tscn",
                f"--port={server.getsockname()[1]}",
                "--env_seed=1",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            connection, _ = server.accept()
            with connection:
                connection.sendall(last_words)
                connection.shutdown(socket.SHUT_WR)
                lost = time.monotonic()
                code = engine.wait(10.0)
            assert time.monotonic() - lost < 2.0
        finally:
            engine.kill()
            engine.wait()
    assert code == 1
    assert f"ERROR: godot_rl: {said}" in log.read_text()


def test_a_script_error_is_shown_though_the_game_goes_on(
    repository: Path, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    place = r"at: set_action \(res://tests/godot/fixtures/faulty_controller\.gd:\d+\)"
    with GodotVecEnv(
        project_path=repository,
        scene_path=f"{FIXTURES}/faulty_script_error.tscn",
        port=free_port,
        arenas=1,
    ) as env:
        env.reset()
        deadline = time.monotonic() + 10.0
        while "SCRIPT ERROR" not in caplog.text:
            env.step(np.zeros((1, 1), np.float32))
            assert time.monotonic() < deadline
        for _ in range(20):
            env.step(np.zeros((1, 1), np.float32))
        process = env.envs[0].process
        assert process is not None
        assert re.search(place, process.first_script_error())
    # One warning, however often the line failed.
    assert len(re.findall(r"engine 0: SCRIPT ERROR: .*" + place, caplog.text)) == 1


def test_a_script_error_is_the_cause_of_what_follows(repository: Path, free_port: int) -> None:
    settings = Subject(
        project_path=str(repository),
        scene_path=f"{FIXTURES}/faulty_script_error.tscn",
        run_root=repository,
        decisions=60,
    )
    findings = {finding.check: finding for finding in check_game(settings, has_arenas=True)}
    assert findings["script errors"].status == "failed"
    assert "faulty_controller.gd:" in findings["script errors"].detail
