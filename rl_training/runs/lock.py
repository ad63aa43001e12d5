"""One run of a name at a time: the lock that a living run holds.

Called by `session`. The operating system frees the lock when its holder dies, so a killed run never
blocks the next one. The file also says who holds it; that text is only ever used for messages.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from datetime import datetime

from rl_training.engine.locks import try_lock
from rl_training.errors import StorageError, UsageError
from rl_training.runs.paths import RunPaths

# Windows locks bytes and lets nobody read them: this one lies far behind the text.
_LOCKED_BYTE = 1 << 30
_LONGEST_TEXT = 4096


class RunBusyError(UsageError):
    """Another process trains the experiment of this name."""


@contextlib.contextmanager
def run_lock(paths: RunPaths) -> Iterator[None]:
    """Hold the lock of an experiment.

    Args:
        paths: of the run. Take it before anything of an earlier run is moved or read.

    Raises:
        RunBusyError: another process (or this one) holds it; the message names its pid.
        StorageError: the folder of logs cannot be written.
    """
    try:
        paths.lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(paths.lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(f"cannot write {paths.lock}: {error.strerror or error}") from error
    try:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        if not try_lock(descriptor):
            raise RunBusyError(_busy(paths, _read(descriptor)))
        _write(descriptor, {"pid": os.getpid(), "started": time.time()})
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _busy(paths: RunPaths, holder: dict[str, float]) -> str:
    by = "another process"
    if "pid" in holder:
        since = datetime.fromtimestamp(holder.get("started", 0.0)).strftime("%Y-%m-%d %H:%M:%S")
        by = f"process {int(holder['pid'])} (started {since})"
    return (
        f"experiment {paths.experiment!r} is being trained by {by}; wait for it, end it, or choose "
        "another --experiment_name"
    )


def _read(descriptor: int) -> dict[str, float]:
    # The holder writes its text just after it got the lock.
    for _ in range(20):
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            found = json.loads(os.read(descriptor, _LONGEST_TEXT))
        except ValueError:
            time.sleep(0.01)
            continue
        if isinstance(found, dict):
            return found
    return {}


def _write(descriptor: int, holder: dict[str, float]) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(holder).encode())
