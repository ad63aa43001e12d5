"""train.log: what a run said, with the time, beside its metrics.

Called by `session`. Log lines of the package and the lines of progress go into it.
"""

from __future__ import annotations

import logging
from types import TracebackType

from rl_training.runs.paths import RunPaths


class RunLog:
    """Copies the package's log lines into a file while open; `say` adds a line of its own."""

    def __init__(self, paths: RunPaths) -> None:
        self._path = paths.train_log
        self._handler: logging.Handler | None = None

    def __enter__(self) -> RunLog:
        """Open the file at its end: a resumed run goes on in it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(self._path, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        handler.setLevel(logging.INFO)
        logging.getLogger("rl_training").addHandler(handler)
        self._handler = handler
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the file; twice is safe."""
        handler, self._handler = self._handler, None
        if handler is not None:
            logging.getLogger("rl_training").removeHandler(handler)
            handler.close()

    def say(self, text: str) -> None:
        """Write a line to the file alone."""
        if self._handler is not None:
            record = logging.LogRecord(__name__, logging.INFO, "", 0, text, None, None)
            self._handler.emit(record)
