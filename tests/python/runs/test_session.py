"""A living run as other processes see it: they are real ones here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rl_training.errors import UsageError
from rl_training.runs.artefacts import read_artefacts
from rl_training.runs.control import ControlReader, send, wait_for
from rl_training.runs.lock import RunBusyError, run_lock
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import open_run
from rl_training.runs.status import RunStatus, StatusWriter, new_status, read_status

# Holds a run until a line comes on its standard input.
HOLDER = """
import sys
from pathlib import Path
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import open_run
from rl_training.commands.running import run_main
def main():
    with open_run(RunPaths("walk", Path(sys.argv[1])), resume=sys.argv[2] == "1", total=10):
        print("held", flush=True)
        sys.stdin.readline()
    return 0
sys.exit(run_main(main))
"""


def _start(root: Path, resume: bool = False) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), str(int(resume))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )


@contextmanager
def _holder(root: Path) -> Iterator[subprocess.Popen[str]]:
    process = _start(root)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_process_is_refused_and_told_the_first(tmp_path: Path, resume: bool) -> None:
    paths = RunPaths("walk", tmp_path)
    with _holder(tmp_path) as first:
        before = paths.status.read_bytes()
        second = _start(tmp_path, resume)
        out, err = second.communicate(timeout=60)
        assert second.returncode == 2
        assert out == ""
        assert f"'walk' is being trained by process {first.pid} (started 20" in err
        assert "choose another --experiment_name" in err
        # Nothing of the first was moved.
        assert paths.status.read_bytes() == before
        assert not (tmp_path / "logs" / "archive").exists()
        other = open_run(RunPaths("other", tmp_path), resume=False, total=1)
        with other:
            pass


def test_two_that_resume_one_run(tmp_path: Path) -> None:
    processes = [_start(tmp_path, resume=True) for _ in range(2)]
    # One is refused and ends; the other one holds until it is told.
    while all(process.poll() is None for process in processes):
        time.sleep(0.01)
    codes = [process.poll() for process in processes]
    winner = processes[codes.index(None)]
    loser = processes[1 - codes.index(None)]
    assert "is being trained by process" in loser.communicate()[1]
    assert winner.communicate("end\n", timeout=60)[0] == "held\n"
    assert winner.returncode == 0
    status = read_status(RunPaths("walk", tmp_path).status)
    assert status is not None
    assert status.stage == "done"


def test_a_killed_run_blocks_nobody(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with _holder(tmp_path) as first:
        status = read_status(paths.status)
        assert status is not None
        assert (status.stage, status.pid) == ("starting", first.pid)
        first.kill()
        first.wait()
        status = read_status(paths.status)
        assert status is not None
        assert status.stage == "dead"
        with pytest.raises(UsageError, match="does not run any more: it is dead"):
            send(paths, "stop")
        with open_run(paths, resume=True, total=10) as session:
            assert session.writer.status.pid == os.getpid()


def test_a_pid_that_another_process_got_is_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    StatusWriter(path, new_status("walk"))
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "process_started": data["process_started"] - 100}))
    status = read_status(path)
    assert status is not None
    assert status.stage == "dead"


def test_a_run_of_another_machine_is_judged_by_its_heartbeat(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    StatusWriter(path, new_status("walk"))
    data = {**json.loads(path.read_text()), "machine": "elsewhere", "pid": 1}
    path.write_text(json.dumps(data))
    alive = read_status(path)
    path.write_text(json.dumps({**data, "heartbeat": time.time() - 1000}))
    silent = read_status(path)
    assert alive is not None
    assert silent is not None
    assert (alive.stage, silent.stage) == ("starting", "dead")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stage": "odd"}'])
def test_what_is_no_status(tmp_path: Path, text: str) -> None:
    (tmp_path / "status.json").write_text(text)
    assert read_status(tmp_path / "status.json") is None


def test_status_is_written_at_a_stage_and_else_only_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    writer = StatusWriter(path, new_status("walk"), every_s=1000.0)
    before = path.stat().st_mtime_ns
    for step in range(1000):
        writer.update(timesteps=step)
    assert path.stat().st_mtime_ns == before
    writer.update(stage="learning")
    found = read_status(path)
    assert found is not None
    assert (found.stage, found.timesteps) == ("learning", 999)


@pytest.mark.parametrize(
    ("error", "stage", "message"),
    [(UsageError("no\nroom"), "failed", "no room"), (KeyboardInterrupt(), "stopped", "")],
)
def test_how_a_run_ended_is_kept(
    tmp_path: Path, error: BaseException, stage: str, message: str
) -> None:
    paths = RunPaths("walk", tmp_path)
    with pytest.raises(type(error)), open_run(paths, resume=False, total=1):
        raise error
    status = read_status(paths.status)
    assert status is not None
    assert (status.stage, status.message) == (stage, message)
    with run_lock(paths):  # it is free
        pass


def test_the_lock_refuses_a_second_run_in_this_process_too(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with run_lock(paths), pytest.raises(RunBusyError, match=f"process {os.getpid()} "):
        run_lock(paths).__enter__()


def test_commands_are_read_once_and_acknowledged(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with open_run(paths, resume=False, total=1) as session:
        session.control = ControlReader(paths.control, look_s=0.0)
        assert session.control.take() == []
        orders = [send(paths, "save"), send(paths, "set", {"learning_rate": 1e-4})]
        with open(paths.control, "a") as file:
            file.write('nonsense\n{"set": {"gamma": 0.9}}\n{"comma')
        taken = session.control.take()
        assert [order.id for order in taken[:2]] == [order.id for order in orders]
        assert taken[1].values == {"learning_rate": 1e-4}
        assert (taken[2].command, taken[2].values) == ("set", {"gamma": 0.9})
        assert session.control.take() == []
        session.answer(taken[0], "saved walk_step_1.zip")
        session.answer(taken[1], "learning_rate does not change", refused=True)
        assert wait_for(paths, orders[0]) == "saved walk_step_1.zip"
        with pytest.raises(UsageError, match="learning_rate does not change"):
            wait_for(paths, orders[1])
    with pytest.raises(UsageError, match="it is done"):
        send(paths, "stop")


def test_commands_of_an_earlier_part_are_not_obeyed_again(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with open_run(paths, resume=False, total=1):
        send(paths, "stop")
    with open_run(paths, resume=True, total=1) as session:
        assert session.control.take() == []


@pytest.mark.parametrize(
    ("command", "values", "message"),
    [
        ("stopp", None, "Did you mean 'stop'"),
        ("set", None, "needs NAME=VALUE"),
        ("save", {"a": 1}, "take no values"),
    ],
)
def test_wrong_commands(
    tmp_path: Path, command: str, values: dict[str, int] | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        send(RunPaths("walk", tmp_path), command, values)


def test_a_command_to_a_run_that_never_was(tmp_path: Path) -> None:
    with open_run(RunPaths("walk", tmp_path), resume=False, total=1):
        pass
    with pytest.raises(UsageError, match=r"no run 'wakl' in .* Did you mean 'walk'"):
        send(RunPaths("wakl", tmp_path), "stop")


def test_artefacts_are_relative_and_only_those_that_exist(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with open_run(paths, resume=False, total=1) as session:
        for step in (1, 2, 2):
            file = paths.step_model(step)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            session.made("checkpoint", file, step)
    paths.step_model(1).unlink()
    (found,) = read_artefacts(paths)
    assert (found.path, found.kind, found.timesteps) == (
        "models/walk_step_2.zip",
        "checkpoint",
        2,
    )


def test_a_log_holds_what_the_package_said(tmp_path: Path) -> None:
    import logging

    paths = RunPaths("walk", tmp_path)
    logging.getLogger("rl_training").setLevel(logging.INFO)
    with open_run(paths, resume=False, total=1) as session:
        logging.getLogger("rl_training.training.x").info("training walk")
        session.log.say("50 %  reward 1.00")
    logging.getLogger("rl_training").info("after it")
    text = paths.train_log.read_text()
    assert "INFO training walk" in text
    assert "50 %  reward 1.00" in text
    assert "after it" not in text


def test_a_stage_returns_to_the_one_before(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with open_run(paths, resume=False, total=1) as session:
        session.writer.update(stage="learning")
        with session.stage("evaluating"):
            status = read_status(paths.status)
            assert status is not None
            assert status.stage == "evaluating"
        assert session.writer.status.stage == "learning"


def test_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text(json.dumps({"stage": "done", "experiment": "walk", "later": 1}))
    assert read_status(path) == RunStatus(experiment="walk", stage="done")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_run_ended_by_sigterm_says_stopped(tmp_path: Path) -> None:
    with _holder(tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "SIGTERM" in err
    status = read_status(RunPaths("walk", tmp_path).status)
    assert status is not None
    assert status.stage == "stopped"
