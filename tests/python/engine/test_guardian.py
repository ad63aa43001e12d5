"""Whatever happens to the Python process, what it started ends soon after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.engine.guardian import Guardian

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

# Starts an engine that notices nothing, with a child, and says their numbers and the log's path.
PROGRAM = """
import os, sys, time
from pathlib import Path
from rl_training.engine.launch import EngineCommand, EngineProcess
script = Path(sys.argv[1])
script.write_text("#!/bin/sh\\ntrap '' TERM INT HUP\\nsleep 600 & echo $!\\nwait; sleep 600\\n")
script.chmod(0o755)
process = EngineProcess(EngineCommand(script))
while not process.tail():
    time.sleep(0.01)
print(process.pid, process.tail()[0], process.log_path, flush=True)
exec(sys.argv[2])
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(check: Callable[[], bool], limit_s: float) -> float:
    started = time.monotonic()
    while not check():
        assert time.monotonic() - started < limit_s, "waited in vain"
        time.sleep(0.01)
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("ending", "number"),
    [
        ("time.sleep(600)", signal.SIGKILL),
        ("time.sleep(600)", signal.SIGTERM),
        ("time.sleep(600)", signal.SIGINT),
        ("raise RuntimeError('boom')", None),
        ("os._exit(3)", None),
        ("os.abort()", None),
    ],
    ids=["kill -9", "terminate", "ctrl-c", "exception", "_exit", "abort"],
)
def test_nothing_is_left(
    tmp_path: Path, repository: Path, ending: str, number: signal.Signals | None
) -> None:
    trainer = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "engine.sh"), ending],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    assert trainer.stdout is not None
    with trainer, trainer.stdout:
        engine, child, log = trainer.stdout.readline().split()
        if number is not None:
            assert alive(int(engine))
            trainer.send_signal(number)
        trainer.wait(10.0)
    wait_for(lambda: not alive(int(engine)) and not alive(int(child)), 2.0)
    wait_for(lambda: not Path(log).exists(), 1.0)


def test_a_process_that_ended_in_good_order_is_forgotten() -> None:
    guardian = Guardian()
    first = subprocess.Popen(["sleep", "600"], start_new_session=True)
    second = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        guardian.watch(first.pid)
        guardian.watch(second.pid)
        guardian.forget(first.pid)
        guardian.close()
        assert second.wait(5.0) == -signal.SIGKILL
        assert first.poll() is None
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_a_guardian_that_was_killed_is_replaced() -> None:
    guardian = Guardian()
    first = subprocess.Popen(["sleep", "600"], start_new_session=True)
    second = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        guardian.watch(first.pid)
        killed = guardian.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: not alive(killed), 5.0)
        guardian.watch(second.pid)
        assert guardian.pid != killed
        guardian.close()
        assert first.wait(5.0) == second.wait(5.0) == -signal.SIGKILL
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_none_is_started_before_it_is_needed() -> None:
    guardian = Guardian()
    guardian.forget(1)
    guardian.close()
    assert guardian.pid is None
