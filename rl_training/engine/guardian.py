"""No engine outlives this Python process: a small process beside it sees to that.

Called by whatever starts a process. The guardian holds the reading end of a pipe; when this process
is gone, by kill -9 as by any other way, the pipe ends and it kills what was left to it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

_log = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("guardian_process.py")
_CREATION_FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_END_S = 2.0


class Guardian:
    """The process beside this one; started with the first process that it is given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._watched: dict[int, str] = {}

    @property
    def pid(self) -> int | None:
        """Its process id; None while it is not needed."""
        return None if self._process is None else self._process.pid

    def watch(self, pid: int, path: Path | None = None) -> None:
        """Leave a process to the guardian.

        Args:
            pid: leader of a session of its own; the whole session is ended.
            path: a file that is removed with it.
        """
        with self._lock:
            if self._owner != os.getpid():  # a fork has its own
                self._owner, self._process, self._watched = os.getpid(), None, {}
            self._watched[pid] = "" if path is None else str(path)
            if self._process is None:
                self._start()
            else:
                self._tell(f"+{pid} {self._watched[pid]}\n")

    def forget(self, pid: int) -> None:
        """Take a process back that has ended."""
        with self._lock:
            if self._owner == os.getpid() and self._watched.pop(pid, None) is not None:
                self._tell(f"-{pid}\n")

    def close(self) -> None:
        """End the guardian, and with it whatever it still watches; may be called again."""
        with self._lock:
            process, self._process = self._process, None
            self._watched.clear()
            if process is None or self._owner != os.getpid():
                return
            self._close_pipe(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)

    @staticmethod
    def _close_pipe(process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()

    def _start(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=sys.platform != "win32",
                creationflags=_CREATION_FLAGS,
            )
        except OSError as error:
            _log.warning("engines may outlive a killed training here: %s", error)
            return
        self._write("".join(f"+{pid} {path}\n" for pid, path in self._watched.items()))

    def _tell(self, line: str) -> None:
        if self._process is not None and not self._write(line):
            self._close_pipe(self._process)
            self._process.poll()
            self._start()  # somebody killed it: the new one hears of everything that lives

    def _write(self, text: str) -> bool:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text.encode("utf-8", "surrogateescape"))
            self._process.stdin.flush()
        except OSError:
            return False
        return True


GUARDIAN = Guardian()
"""The one of this process."""
