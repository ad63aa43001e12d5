"""The parent's side of a cell: results, failures, time limits, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_training.studies.benchmark.processes import descendants, kill, memory, process_info
from rl_training.studies.benchmark.runner import Outcome, run_task
from rl_training.studies.benchmark.worker import run_cell
from tests.python.studies.benchmark.examples import BASE

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def _run(tmp_path: Path, program: str, limit_s: float = 20.0) -> Outcome:
    script = tmp_path / "cell.py"
    script.write_text("import json, sys, os, time, subprocess\n" + program)
    return run_task((sys.executable, str(script)), BASE, limit_s)


def test_a_measurement_comes_back(tmp_path: Path) -> None:
    program = (
        "task = json.load(open(sys.argv[1]))\n"
        "result = {'format': 1, 'measurement': {'value': task['arenas']}}\n"
        "json.dump(result, open(sys.argv[2], 'w'))\n"
    )
    assert _run(tmp_path, program) == Outcome({"value": 8.0})


def test_an_error_comes_back(tmp_path: Path) -> None:
    program = "json.dump({'format': 1, 'error': 'no such scene'}, open(sys.argv[2], 'w'))\n"
    assert _run(tmp_path, program) == Outcome(None, "no such scene")


def test_a_crash_is_told_with_its_last_line(tmp_path: Path) -> None:
    outcome = _run(tmp_path, "print('hello'); raise SystemExit('out of luck')\n")
    assert outcome == Outcome(None, "ended with code 1: out of luck")


def test_a_result_of_another_format_is_refused(tmp_path: Path) -> None:
    outcome = _run(tmp_path, "json.dump({'format': 2}, open(sys.argv[2], 'w'))\n")
    assert outcome == Outcome(None, "wrote a result of another format")


@linux
def test_a_cell_that_hangs_is_ended_with_its_engines(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    # The engine has a session of its own, as the stock client gives it one.
    program = (
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    started = time.monotonic()
    outcome = _run(tmp_path, program, limit_s=3.0)
    assert outcome == Outcome(None, "did not end within 3 s")
    assert time.monotonic() - started < 10.0
    pid = int(pid_file.read_text())
    deadline = time.monotonic() + 2.0
    while process_info(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process_info(pid) is None


def test_an_exception_of_the_stock_client_is_an_error_line(tmp_path: Path) -> None:
    task, result = tmp_path / "task.json", tmp_path / "result.json"
    task.write_text(
        '{"kind": "ppo", "engine": "", "project_path": "", "scene_path": "", '
        '"action_repeat": 8, "physics_ticks": 60}'
    )

    def broken() -> object:
        raise AssertionError("no\nlearner")

    assert run_cell(task, result, broken) == 1
    assert '"error": "AssertionError: no learner"' in result.read_text()


@linux
def test_memory_counts_engines_apart() -> None:
    sleeper = "import time; time.sleep(60)"
    engine = subprocess.Popen([sys.executable, "-c", sleeper, "--port=11008"])
    other = subprocess.Popen([sys.executable, "-c", sleeper])
    try:
        deadline = time.monotonic() + 5.0
        found = memory()
        while found.get("workers_rss_mb", 0.0) < 1.0 and time.monotonic() < deadline:
            time.sleep(0.02)
            found = memory()
        assert found["python_rss_mb"] > 10.0
        assert found["engine_rss_mb"] > 1.0
        assert found["workers_rss_mb"] > 1.0
        below = {info.pid: info.is_engine for info in descendants(os.getpid())}
        assert below[engine.pid] is True
        assert below[other.pid] is False
    finally:
        kill([engine.pid, other.pid])
        engine.wait()
        other.wait()
