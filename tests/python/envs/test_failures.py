"""Everything that can go wrong between Python and an engine: a typed error, soon, nothing left."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.envs import EnvSettings, GodotVecEnv, make_vec_env
from rl_training.errors import (
    ActionSpaceError,
    EngineDiedError,
    EngineError,
    EngineStartError,
    EngineTimeoutError,
    HarnessError,
    ObservationError,
    PortInUseError,
    ProtocolError,
    ProtocolVersionError,
    UsageError,
)

pytestmark = pytest.mark.usefixtures("no_process_left")

Build = Callable[..., Any]


@pytest.fixture(params=["async", "subproc"])
def build(request: pytest.FixtureRequest, fake_game: Callable[..., str], free_port: int) -> Build:
    def make(num_envs: int = 2, timeout_s: float = 20.0, **behaviour: Any) -> Any:
        settings = EnvSettings(
            env_path=fake_game(**behaviour),
            port=free_port,
            num_envs=num_envs,
            arenas=1,
            timeout_s=timeout_s,
        )
        return make_vec_env(settings, request.param)

    return make


def play(env: Any, steps: int = 5) -> None:
    with env:
        env.reset()
        for _ in range(steps):
            env.step(np.zeros((env.num_envs, 2)))


@pytest.mark.parametrize(
    ("behaviour", "error", "text"),
    [
        (
            {"die_first": True},
            EngineStartError,
            "engine 0 did not start: it exited with code 1; "
            "its log says: ERROR: godot_rl: no AIController in the scene",
        ),
        (
            {"report": "no AIController in res://a.tscn"},
            EngineStartError,
            "engine 0 did not start: the engine reports: no AIController",
        ),
        ({"announce": {"n_agents": 0}}, ProtocolError, "engine 0: .*no agent to train"),
        ({"protocol": 2}, ProtocolVersionError, "protocol 2 .*this package speaks 1"),
        (
            {"transport": "pigeon"},
            ProtocolError,
            "transport .pigeon., offered were binary2,",
        ),
        (
            {"actions": {"a": {"action_type": "fuzzy", "size": 1}}},
            ActionSpaceError,
            "engine 0: action 'a' has the unknown action type 'fuzzy'",
        ),
        (
            {"other_actions": {"b": {"action_type": "continuous", "size": 3}}},
            ActionSpaceError,
            "agent 1 declares the actions",
        ),
    ],
)
def test_start_fails(
    build: Build, behaviour: dict[str, Any], error: type[HarnessError], text: str
) -> None:
    started = time.monotonic()
    with pytest.raises(error, match=text):
        build(**behaviour)
    assert time.monotonic() - started < 15.0


def test_an_engine_of_another_run_is_refused_and_the_right_one_waited_for(build: Build) -> None:
    """It comes first, says that it has 7 agents, and stays."""
    with build(num_envs=1, stranger=True) as env:
        assert env.num_envs == 2
        assert env.reset()["obs"].shape == (2, 4)
        env.step(np.zeros((2, 2)))


def test_a_restarted_engine_has_the_token_too(
    fake_game: Callable[..., str], free_port: int
) -> None:
    settings = EnvSettings(
        env_path=fake_game(kill_step=2, stranger=True), port=free_port, arenas=1, max_restarts=1
    )
    with make_vec_env(settings) as env:
        env.reset()
        for _ in range(2):
            *_, infos = env.step(np.zeros((2, 2)))
        assert infos[0]["engine_restart"] == 1
        env.step(np.zeros((2, 2)))


def test_engine_that_never_connects(build: Build) -> None:
    with pytest.raises(EngineTimeoutError, match=r"engine 0: no engine connected .* within 0\.5 s"):
        build(timeout_s=0.5, hang_first=True)


@pytest.mark.parametrize(
    ("behaviour", "error", "text"),
    [
        (
            {"die_step": 3},
            EngineDiedError,
            r"engine \d ended in the middle of the run: it exited "
            r"with code 3; its log says: SCRIPT ERROR: Division by zero\. at: step \(res://game",
        ),
        ({"kill_step": 3}, EngineDiedError, "ended by signal SIGKILL"),
        ({"report_step": 3}, ObservationError, "the engine reports: agent 0's observation"),
        (
            {"nan_step": 3},
            ObservationError,
            r"engine \d: agent 1's observation 'obs' holds null "
            r"\(NaN\) at element 1 \(progress\)",
        ),
        ({"resize_step": 3}, ObservationError, "agent 1's .* has 5 elements, expected 4"),
        ({"raw_step": 3, "raw": "ffffffff"}, ProtocolError, "a message of 4294967295 bytes"),
        ({"raw_step": 3, "raw": "03000000414243"}, ProtocolError, "not JSON"),
        ({"raw_step": 3, "raw": "02000000fffe"}, ProtocolError, "not UTF-8"),
    ],
)
def test_run_fails(
    build: Build, behaviour: dict[str, Any], error: type[HarnessError], text: str
) -> None:
    env = build(**behaviour)
    started = time.monotonic()
    with pytest.raises(error, match=text):
        play(env)
    assert time.monotonic() - started < 5.0
    with pytest.raises(UsageError, match="closed"):
        env.reset()


def test_engine_that_hangs(build: Build) -> None:
    env = build(timeout_s=3.0, hang_step=3)
    started = time.monotonic()
    with pytest.raises(EngineTimeoutError, match=r"engine 0: .*did not answer within 3 s"):
        play(env)
    assert time.monotonic() - started < 12.0


def test_engine_that_ignores_close_and_terminate_is_killed(build: Build) -> None:
    env = build(num_envs=1, stubborn=True)
    env.reset()
    env.close()


def test_diverged_policy(build: Build) -> None:
    env = build()
    env.reset()
    with pytest.raises(ActionSpaceError, match="the action for agent 0 holds nan in column 0"):
        env.step(np.full((env.num_envs, 2), np.nan))


def test_killed_engine_is_noticed_at_once(fake_game: Callable[..., str], free_port: int) -> None:
    env = GodotVecEnv(fake_game(hang_step=3), num_envs=2, port=free_port, arenas=1)
    env.reset()
    for _ in range(2):
        env.step(np.zeros((4, 2)))
    env.step_async(np.zeros((4, 2)))
    process = env.envs[0].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(EngineDiedError, match=r"engine 0 .*SIGKILL"):
        env.step_wait()
    # The other engine hangs and has to be forced: two short waits.
    assert time.monotonic() - started < 1.5


def test_second_engine_that_fails_takes_the_first_along(
    fake_game: Callable[..., str], free_port: int, tmp_path: Path
) -> None:
    game = Path(fake_game())
    script = game.read_text()
    game.write_text(
        script.replace(
            "#!/bin/sh\n", f'#!/bin/sh\ncase "$*" in *--port={free_port + 1}*) exit 9;; esac\n'
        )
    )
    with pytest.raises(EngineStartError, match="engine 1 did not start: it exited with code 9"):
        GodotVecEnv(str(game), num_envs=3, port=free_port, arenas=1)


def test_port_in_use(fake_game: Callable[..., str], free_port: int) -> None:
    game = fake_game()
    with socket.create_server(("127.0.0.1", free_port)):
        with pytest.raises(PortInUseError, match=f"port {free_port} is in use"):
            GodotVecEnv(game, port=free_port, arenas=1, port_strict=True)
        with GodotVecEnv(game, port=free_port, arenas=1) as env:
            assert env.ports == [free_port + 1]


def test_forgotten_environment_ends_its_engines(
    fake_game: Callable[..., str], free_port: int
) -> None:
    env = GodotVecEnv(fake_game(), port=free_port, arenas=1)
    process = env.envs[0].process
    assert process is not None
    del env
    gc.collect()
    assert process.poll() is not None


def test_worker_that_is_killed(fake_game: Callable[..., str], free_port: int) -> None:
    settings = EnvSettings(env_path=fake_game(), port=free_port, num_envs=2, arenas=1)
    env: Any = make_vec_env(settings, "subproc")
    env.reset()
    os.kill(env.processes[1].pid, signal.SIGKILL)
    with pytest.raises(EngineDiedError, match="the worker of engine 1 ended"):
        play(env)


@pytest.mark.parametrize("kind", ["async", "subproc"])
def test_nothing_outlives_a_trainer_that_is_killed(
    fake_game: Callable[..., str], free_port: int, repository: Path, kind: str
) -> None:
    marker = f"--marker_{free_port}"
    program = (
        "import time\n"
        "from rl_training.envs import EnvSettings, make_vec_env\n"
        f"env = make_vec_env(EnvSettings(env_path={fake_game()!r}, port={free_port}, num_envs=2,\n"
        f"    arenas=1, env_args=({marker!r},)), {kind!r})\n"
        "env.reset()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    trainer = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    assert trainer.stdout is not None
    with trainer, trainer.stdout:
        assert trainer.stdout.readline() == "ready\n"
        assert len(running_with(marker)) == 2
        trainer.kill()
    deadline = time.monotonic() + 5.0
    while running_with(marker):
        assert time.monotonic() < deadline, f"left running: {running_with(marker)}"
        time.sleep(0.02)


def running_with(word: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if word in line and "fake_engine.py" in line and " -c " not in line:
            found.append(line)
    return found


def test_error_tree() -> None:
    assert issubclass(EngineDiedError, EngineError)
