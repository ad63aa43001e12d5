from __future__ import annotations

import logging
import os
import signal
from typing import Any

import pytest

from rl_training.training.stop import StopRequest


class _Busy(logging.Handler):
    """Is interrupted in the middle of its first line, and takes no other meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = False

    def emit(self, _record: logging.LogRecord) -> None:
        if self.writing:
            raise RuntimeError("reentrant call")
        self.writing = True
        os.kill(os.getpid(), signal.SIGINT)
        self.writing = False


def test_a_signal_in_the_middle_of_a_write_only_asks(capfd: Any) -> None:
    """Python's streams refuse a write from a handler that came in the middle of another."""
    log, handler = logging.getLogger("rl_training"), _Busy()
    log.addHandler(handler)
    try:
        with StopRequest() as stop:
            log.warning("a line of progress")
            assert stop.requested
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        log.removeHandler(handler)
    assert "SIGINT: stopping, saving and exporting" in capfd.readouterr().err
