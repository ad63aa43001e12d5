"""Where an engine's output goes: a temporary file that no run leaves behind for ever.

Called by `launch`. A log is removed with its engine; what a killed run could not remove, the next
run does. A log is held by a lock for as long as its run or its engine lives, so that a stale one is
known by the system and not by its name.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import time
from pathlib import Path

from rl_training.engine.locks import try_lock

_PREFIX = "spacetime_rl_engine_"
_SUFFIX = ".log"
# A log that was just made may not be locked yet.
_GRACE_S = 60.0


def open_log() -> tuple[int, Path]:
    """Make a log file.

    Returns:
        Its descriptor, which holds the lock until it and all its copies are closed, and its path.
    """
    descriptor, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX)
    if sys.platform != "win32":  # there, an open file cannot be removed anyway
        try_lock(descriptor)
    return descriptor, Path(name)


def remove_stale_logs() -> int:
    """Remove this user's logs whose run and engine are gone; return how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            removed += _remove_if_stale(path)
    return removed


def _remove_if_stale(path: Path) -> bool:
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode) or time.time() - about.st_mtime < _GRACE_S:
        return False
    if sys.platform == "win32":
        path.unlink()
        return True
    if about.st_uid != os.getuid():
        return False
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if not try_lock(descriptor):
            return False
        path.unlink()
        return True
    finally:
        os.close(descriptor)
