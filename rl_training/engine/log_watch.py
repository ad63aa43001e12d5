"""What an engine's log has gained: errors and warnings, each told once; and its size bounded.

Called by `launch`. A run-time error in GDScript does not end the engine: the function that failed
returns null and the game goes on, wrong. So the log is looked at while the engine runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

from rl_training.engine.log_messages import (
    ADDON,
    MAX_TEXTS,
    EngineMessages,
    Kind,
    Message,
    MessageReader,
    Tally,
    message_key,
)

MAX_LOG_BYTES = 64 * 1024 * 1024
"""A log that takes more room than this is emptied: an error every tick fills a disk in a night."""

_KINDS: tuple[Kind, ...] = ("script_error", "error", "warning")
_MAX_READ = 1024 * 1024
_MAX_READS = 16  # of a call; what a flood wrote beyond them is skipped


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
        self._reader = MessageReader()
        self._counts: dict[Kind, int] = {"script_error": 0, "error": 0, "warning": 0}
        # By `message_key`: the first text, and how often such came.
        self._found: dict[Kind, dict[str, Message]] = {kind: {} for kind in _KINDS}
        # Different ones that were not returned yet.
        self._untold_errors: list[str] = []
        self._untold_warnings: list[str] = []
        self._known_warnings: set[str] = set()

    @property
    def first_script_error(self) -> str:
        """The first script error seen, with its place; empty: none."""
        return next((each.text for each in self._found["script_error"].values()), "")

    def new_script_errors(self) -> list[str]:
        """Return script errors that were not returned before, at most 20 over all calls."""
        self._read()
        untold, self._untold_errors = self._untold_errors, []
        return untold

    def new_addon_warnings(self) -> list[str]:
        """Return warnings of the addon that were not returned before, at most 20 over all calls.

        Those that differ in numbers only (arenas, agents) count as one.
        """
        self._read()
        untold, self._untold_warnings = self._untold_warnings, []
        return untold

    def messages(self, *, ended: bool = False) -> EngineMessages:
        """Return all that the log told until now.

        Args:
            ended: nothing more will come: an incomplete message counts too.
        """
        self._read()
        if ended:
            self._count(self._reader.finish())
        return EngineMessages(
            *(Tally(self._counts[kind], tuple(self._found[kind].values())) for kind in _KINDS)
        )

    def _read(self) -> None:
        for _ in range(_MAX_READS):
            added = self._read_on()
            if added is None:
                return
            self._count(self._reader.read(added.decode("utf-8", "replace").splitlines()))

    def _count(self, found: list[tuple[Kind, str]]) -> None:
        for kind, text in found:
            self._counts[kind] += 1
            found_before, key = self._found[kind], message_key(text)
            if key in found_before:
                known = found_before[key]
                found_before[key] = Message(known.text, known.count + 1)
            elif len(found_before) < MAX_TEXTS:
                found_before[key] = Message(text)
                if kind == "script_error":
                    self._untold_errors.append(text)
            if kind == "warning" and ADDON in text:
                self._note(text.removeprefix("WARNING: ").strip())

    def _note(self, warning: str) -> None:
        key = warning_key(warning)
        if key not in self._known_warnings and len(self._known_warnings) < MAX_TEXTS:
            self._known_warnings.add(key)
            self._untold_warnings.append(warning)

    def _read_on(self) -> bytes | None:
        """Return whole lines that were added, a part of them if many; None: nothing was."""
        try:
            about = os.stat(self._path)
            if about.st_size <= self._offset:
                return None
            self._offset = max(self._offset, about.st_size - _MAX_READS * _MAX_READ)
            with self._path.open("rb") as file:
                file.seek(self._offset)
                read = file.read(_MAX_READ)
            self._offset += len(read)
            read_all = self._offset >= about.st_size
            if read_all and sys.platform != "win32" and about.st_blocks * 512 > MAX_LOG_BYTES:
                # The engine goes on writing where it was: what is before takes no room any more.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, 0)
        except OSError:
            return None
        added = self._rest + read
        cut = added.rfind(b"\n") + 1
        self._rest = added[cut:]
        return added[:cut].replace(b"\0", b"")


def warning_key(text: str) -> str:
    """Return what warnings have in common that differ in numbers only, as arenas' paths do."""
    return re.sub(r"\d+", "#", text)
