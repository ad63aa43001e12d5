from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from rl_training.engine.log_files import open_log, remove_stale_logs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks and signals of POSIX")

RUN = """
import sys
from pathlib import Path
from rl_training.engine.launch import EngineCommand, EngineProcess
process = EngineProcess(EngineCommand(Path(sys.argv[1])))
print(process.pid, process.log_path, flush=True)
process.wait(60)
"""


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def age(path: Path) -> None:
    """Make a log look as if nothing was written to it for an hour."""
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))


def test_a_log_in_use_stays_and_a_stale_one_goes() -> None:
    descriptor, path = open_log()
    age(path)
    assert remove_stale_logs() == 0
    os.close(descriptor)
    assert remove_stale_logs() == 1
    assert not path.exists()


def test_a_log_that_was_just_made_stays() -> None:
    descriptor, path = open_log()
    os.close(descriptor)
    assert remove_stale_logs() == 0
    assert path.exists()


def test_other_files_stay(temporary_folder: Path) -> None:
    target = temporary_folder / "precious.log"
    target.write_text("kept")
    link = temporary_folder / "spacetime_rl_engine_link.log"
    link.symlink_to(target)
    folder = temporary_folder / "spacetime_rl_engine_folder.log"
    folder.mkdir()
    for path in (target, folder):
        age(path)
    assert remove_stale_logs() == 0
    assert link.is_symlink()
    assert target.read_text() == "kept"


def test_a_killed_run_leaves_its_log_only_while_its_engine_lives(
    temporary_folder: Path, repository: Path
) -> None:
    engine = temporary_folder / "engine.sh"
    engine.write_text("#!/bin/sh\nexec sleep 60\n")
    engine.chmod(0o755)
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(engine)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=repository,
        env={**os.environ, "TMPDIR": str(temporary_folder)},
    )
    assert run.stdout is not None
    with run.stdout:
        pid, name = run.stdout.readline().split()
    age(Path(name))
    run.kill()
    run.wait()
    assert remove_stale_logs() == 0  # the engine still writes to it
    os.kill(int(pid), signal.SIGKILL)
    deadline = time.monotonic() + 5.0
    while remove_stale_logs() == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not Path(name).exists()
