"""One lock between processes, held as long as a `with` block lasts.

Called by the installer, the importer and the bootstrap. The operating system frees the lock when
its holder dies, so a killed run never blocks the next one.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rl_training.errors import EngineTimeoutError

POLL_S = 0.05


@contextlib.contextmanager
def file_lock(path: Path, *, timeout_s: float, what: str) -> Iterator[None]:
    """Hold an exclusive lock on a file.

    Args:
        path: the lock file, created with its folders and left in place.
        timeout_s: seconds to wait for another holder.
        what: what is being done, for the error message.

    Raises:
        EngineTimeoutError: another process held it for longer than `timeout_s`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + timeout_s
        while not try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise EngineTimeoutError(
                    f"{what}: another process has held {path} for more than {timeout_s:.0f} s; "
                    "wait for it or end it"
                )
            time.sleep(POLL_S)
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the exclusive lock of an open file; return False if another holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
