from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.errors import EngineStartError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fake engine is a script")


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], EngineCommand]:
    def make(body: str) -> EngineCommand:
        path = tmp_path / "engine.sh"
        path.write_text("#!/bin/sh\n" + textwrap.dedent(body))
        path.chmod(0o755)
        return EngineCommand(path)

    return make


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def wait_for(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5.0
    while not check():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_command_line_of_a_project() -> None:
    command = EngineCommand(
        Path("/opt/godot"),
        project_path=Path("/game"),
        scene_path="res://a.tscn",
        fixed_fps=90,
        options=(("port", "11008"), ("arenas", "4")),
        extra_args=("--verbose",),
    )
    assert command.argv() == [
        "/opt/godot",
        "--headless",
        "--xr-mode",
        "off",
        "--fixed-fps",
        "90",
        "--path",
        "/game",
        "res://a.tscn",
        "--port=11008",
        "--arenas=4",
        "--verbose",
    ]


def test_command_line_of_an_exported_game() -> None:
    command = EngineCommand(Path("/game.x86_64"), options=(("port", "1"),))
    assert command.argv() == ["/game.x86_64", "--headless", "--xr-mode", "off", "--port=1"]


def test_command_line_with_a_window_and_on_a_virtual_screen() -> None:
    assert EngineCommand(Path("/g"), screen="window").argv() == ["/g"]
    argv = EngineCommand(Path("/g"), screen="virtual", fixed_fps=60).argv()
    assert "--headless" not in argv
    assert " ".join(argv[1:]) == (
        "--rendering-driver opengl3 --rendering-method gl_compatibility --audio-driver Dummy "
        "--fixed-fps 60"
    )


def test_output_and_exit_code(script: Callable[[str], EngineCommand]) -> None:
    with EngineProcess(script("echo one; echo two >&2; exit 3")) as process:
        assert process.wait(5.0) == 3
        assert process.tail() == ["one", "two"]
        assert process.tail(1) == ["two"]
        assert process.describe_end() == "it exited with code 3; its log says: two"
        log = process.log_path
        assert log.exists()
    assert not log.exists()


def test_describe_a_signal_and_a_silent_end(script: Callable[[str], EngineCommand]) -> None:
    with EngineProcess(script("kill -SEGV $$")) as process:
        process.wait(5.0)
        assert process.describe_end() == "it was ended by signal SIGSEGV and printed nothing"


def test_environment_is_added(script: Callable[[str], EngineCommand]) -> None:
    command = script('echo "$DISPLAY $HOME"')
    command = EngineCommand(command.binary, environment=(("DISPLAY", ":77"),))
    with EngineProcess(command) as process:
        process.wait(5.0)
        assert process.tail() == [f":77 {os.environ.get('HOME', '')}".rstrip()]


def test_it_runs_in_a_session_of_its_own(script: Callable[[str], EngineCommand]) -> None:
    with EngineProcess(script("sleep 60")) as process:
        assert os.getsid(process.pid) == process.pid
        process.stop(0.0)


def test_stop_waits_for_an_orderly_end(script: Callable[[str], EngineCommand]) -> None:
    process = EngineProcess(script("sleep 0.2; exit 0"))
    assert process.stop(5.0) == 0


def test_stop_terminates_then_kills_and_twice_is_safe(
    script: Callable[[str], EngineCommand],
) -> None:
    process = EngineProcess(script("sleep 60"))
    assert process.stop(0.1) == -signal.SIGTERM
    assert process.stop(0.1) == -signal.SIGTERM
    process = EngineProcess(script("trap '' TERM; echo ready; while true; do sleep 0.05; done"))
    wait_for(lambda: process.tail() == ["ready"])
    assert process.stop(0.2) == -signal.SIGKILL


def test_children_of_a_launcher_script_end_too(script: Callable[[str], EngineCommand]) -> None:
    process = EngineProcess(script("sleep 60 & echo $!; exit 0"))
    process.wait(5.0)
    child = int(process.tail()[0])
    assert alive(child)
    process.stop()
    wait_for(lambda: not alive(child))


@pytest.mark.parametrize(
    ("content", "mode", "text"),
    [(None, 0, "No such file"), ("#!/bin/sh\n", 0o644, "Permission denied")],
)
def test_binary_that_cannot_run(tmp_path: Path, content: str, mode: int, text: str) -> None:
    path = tmp_path / "engine"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    with pytest.raises(EngineStartError, match=f"engine cannot be run: {text}"):
        EngineProcess(EngineCommand(path))


def test_an_engine_does_not_outlive_a_program_that_fails(
    script: Callable[[str], EngineCommand], repository: Path
) -> None:
    command = script("sleep 60")
    program = (
        "from pathlib import Path\n"
        "from rl_training.engine.launch import EngineCommand, EngineProcess\n"
        f"process = EngineProcess(EngineCommand(Path({str(command.binary)!r})))\n"
        "print(process.pid, flush=True)\n"
        "raise SystemExit('a mistake')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    assert "a mistake" in result.stderr
    assert not alive(int(result.stdout))


@pytest.mark.skipif(sys.platform != "linux", reason="binding a process to a core is Linux's")
def test_it_runs_on_the_core_that_it_was_given(script: Callable[[str], EngineCommand]) -> None:
    before = os.sched_getaffinity(0)
    core = max(before)
    command = replace(script("grep Cpus_allowed_list /proc/self/status"), core=core)
    with EngineProcess(command) as process:
        assert process.wait(10.0) == 0
        assert process.tail() == [f"Cpus_allowed_list:\t{core}"]
    assert os.sched_getaffinity(0) == before
