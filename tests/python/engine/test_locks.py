from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_training.engine.locks import file_lock
from rl_training.errors import EngineTimeoutError

HOLDER = """
import sys, time
from pathlib import Path
from rl_training.engine.locks import file_lock
with file_lock(Path(sys.argv[1]), timeout_s=5, what="holding"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_excludes_and_is_freed_when_its_holder_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        started = time.monotonic()
        with (
            pytest.raises(EngineTimeoutError, match="importing: another process has held"),
            file_lock(lock, timeout_s=0.3, what="importing"),
        ):
            pass
        assert time.monotonic() - started < 5
    finally:
        holder.kill()
        holder.communicate()
    with file_lock(lock, timeout_s=1, what="importing"):
        pass


def test_a_lock_is_freed_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), file_lock(tmp_path / "lock", timeout_s=1, what="work"):
        raise ZeroDivisionError
    with file_lock(tmp_path / "lock", timeout_s=0.1, what="work"):
        pass
