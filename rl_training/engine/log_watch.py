"""What an engine's log has gained: script errors of the game, each told once; and its size bounded.

Called by `launch`. A run-time error in GDScript does not end the engine: the function that failed
returns null and the game goes on, wrong. So the log is looked at while the engine runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from rl_training.engine.log_tail import script_errors

MAX_LOG_BYTES = 64 * 1024 * 1024
"""A log that takes more room than this is emptied: an error every tick fills a disk in a night."""

_MAX_READ = 1024 * 1024
_MAX_TOLD = 20


class LogWatch:
    """Reads on in a log from where it stopped the last time.

    Args:
        path: the log.
        descriptor: the same file, open for writing; emptied when it grows too large.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._offset = 0
        self._rest = b""
        self._told: dict[str, None] = {}

    @property
    def first_script_error(self) -> str:
        """The first script error seen, with its place; empty: none."""
        return next(iter(self._told), "")

    def new_script_errors(self) -> list[str]:
        """Return script errors that were not returned before, at most 20 over all calls."""
        text = self._read_on()
        if not text:
            return []
        found = []
        for line in script_errors(text.decode("utf-8", "replace").splitlines()):
            if line not in self._told and len(self._told) < _MAX_TOLD:
                self._told[line] = None
                found.append(line)
        return found

    def _read_on(self) -> bytes:
        """Return the whole lines that were added since the last call."""
        try:
            about = os.stat(self._path)
            if about.st_size <= self._offset:
                return b""
            with self._path.open("rb") as file:
                file.seek(max(self._offset, about.st_size - _MAX_READ))
                added = self._rest + file.read(_MAX_READ)
            self._offset = about.st_size
            if sys.platform != "win32" and about.st_blocks * 512 > MAX_LOG_BYTES:
                # The engine goes on writing where it was: what is before takes no room any more.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, 0)
        except OSError:
            return b""
        cut = added.rfind(b"\n") + 1
        last_line = added.rfind(b"\n", 0, max(0, cut - 1)) + 1
        if b"SCRIPT ERROR" in added[last_line:cut]:
            cut = last_line  # its place stands in the next line, which is not written yet
        self._rest = added[cut:]
        return added[:cut].replace(b"\0", b"")
