"""Outlives the Python process that started it by a second, and takes its engines along.

A program of its own, standard library only. It reads lines from its standard input, whose other end
only that Python process holds:

    +<pid> <path>    this process leads a session that must not survive; its file goes with it
    -<pid>           it has ended

The end of the input is the end of that Python process, however it came: exit, exception, kill -9.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_S = 1.0
"""Engines notice the closed connection themselves and get this long to end in good order."""

_POLL_S = 0.02


def main() -> None:
    """Read until the end, then end what is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched: dict[int, str] = {}
    for line in sys.stdin.buffer:
        pid, _, path = line[1:].decode("utf-8", "surrogateescape").strip("\n").partition(" ")
        if line.startswith(b"+"):
            watched[int(pid)] = path
        else:
            watched.pop(int(pid), None)
    deadline = time.monotonic() + GRACE_S
    while any(_lives(pid) for pid in watched) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    for pid, path in watched.items():
        _kill(pid)
        if path:
            _remove(path)


def _lives(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill(pid, 0) would end it there
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGKILL)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


if __name__ == "__main__":
    main()
