"""What one engine's log gained since the last look: every error and warning, each time it comes.

Called by `World` after every decision, while the engine stands still: what it printed until then is
complete. Reading changes nothing; without new lines it costs one system call.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rl_training.engine.log_messages import Kind, MessageReader

_MAX_READ = 1 << 20


@dataclass(frozen=True)
class LogLine:
    """One message of an engine.

    Attributes:
        kind: "script_error", "error" or "warning".
        text: the message with its place.
    """

    kind: Kind
    text: str


class EngineLog:
    """Reads on in a log from where it stopped the last time.

    Args:
        path: the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""
        self._reader = MessageReader(engine_too=True)

    def new(self) -> list[LogLine]:
        """Return the messages that came since the last call; of a flood the last part only."""
        try:
            size = os.stat(self._path).st_size
            if size <= self._offset:
                return []
            with self._path.open("rb") as file:
                file.seek(max(self._offset, size - _MAX_READ))
                read = file.read(_MAX_READ)
        except OSError:
            return []
        self._offset = size
        text = (self._rest + read).replace(b"\0", b"")
        cut = text.rfind(b"\n") + 1
        self._rest = text[cut:]
        lines = text[:cut].decode("utf-8", "replace").splitlines()
        found = [*self._reader.read(lines), *self._reader.finish()]
        return [LogLine(kind, message) for kind, message in found]
