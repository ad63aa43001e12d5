"""Starts a cell's process, bounds it in time, and leaves nothing of it behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.guardian import GUARDIAN
from rl_training.studies.benchmark.processes import descendants, kill
from rl_training.studies.benchmark.task import Measurement, Task
from rl_training.studies.benchmark.worker import RESULT_FORMAT

_OWN_END_S = 5.0


@dataclass(frozen=True)
class Outcome:
    """What a cell's process came to.

    Attributes:
        measurement: None when it failed.
        error: why, in one line; empty when it did not fail.
    """

    measurement: Measurement | None
    error: str = ""


def run_task(command: Sequence[str], task: Task, limit_s: float) -> Outcome:
    """Run one task in a process of its own.

    Args:
        command: what starts the process; the files of the task and of the result are added, and
            the seconds after which it shall end itself, should this process be gone.
        task: what to measure.
        limit_s: seconds after which the process, its engines and its workers are killed.
    """
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_cell_") as folder:
        task_file, result_file = Path(folder, "task.json"), Path(folder, "result.json")
        log_file = Path(folder, "output.log")
        task_file.write_text(json.dumps(task.to_dict()), encoding="utf-8")
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [*command, str(task_file), str(result_file), str(limit_s + _OWN_END_S)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # What a killed cell leaves lying about goes with this folder.
                env={**os.environ, "TMPDIR": folder},
                start_new_session=sys.platform != "win32",
            )
        GUARDIAN.watch(process.pid)
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return Outcome(None, f"did not end within {limit_s:.0f} s")
        finally:
            _end(process)
            GUARDIAN.forget(process.pid)
        return _read(result_file, log_file, process.returncode)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a cell: engines have sessions of their own, hence the look for them."""
    if process.poll() is not None:
        return
    below = [info.pid for info in descendants(process.pid)]
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    kill(below)
    process.wait()


def _read(result_file: Path, log_file: Path, code: int) -> Outcome:
    try:
        data = json.loads(result_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        lines = log_file.read_text("utf-8", "replace").strip().splitlines()
        last = lines[-1].strip() if lines else "it printed nothing"
        return Outcome(None, f"ended with code {code}: {last[:300]}")
    if data.get("format") != RESULT_FORMAT or ("error" not in data and "measurement" not in data):
        return Outcome(None, "wrote a result of another format")
    if "error" in data:
        return Outcome(None, str(data["error"])[:300])
    return Outcome({name: float(value) for name, value in data["measurement"].items()})
