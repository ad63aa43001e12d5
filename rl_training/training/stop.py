"""Ctrl-C and SIGTERM as a wish to stop, not a crash: the run saves, exports and ends well."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import types

from rl_training.interruption import received

logger = logging.getLogger(__name__)


class StopRequest:
    """While open, the first SIGINT or SIGTERM sets `requested`; the second one interrupts.

    A signal that came before and got lost on its way (`interruption.received`) counts. Outside of
    the main thread signals cannot be caught; then it only ever is what others set: `ask`.
    """

    def __init__(self) -> None:
        self.requested = False
        self._earlier: dict[signal.Signals, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._earlier[number] = signal.signal(number, self._on_signal)
            self.requested = self.requested or received() is not None
        return self

    def ask(self, why: str) -> None:
        """Ask for the end of learning, as a signal does.

        Args:
            why: for the log.
        """
        if not self.requested:
            self.requested = True
            logger.warning("%s", _word(why))

    def __exit__(self, *_: object) -> None:
        for number, handler in self._earlier.items():
            # None: the handler was installed by C code, which Python cannot put back.
            signal.signal(number, handler if callable(handler) else signal.SIG_DFL)
        self._earlier.clear()

    def _on_signal(self, number: int, _frame: types.FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        # Not through a logger: the signal may have come in the middle of a write to its stream.
        with contextlib.suppress(OSError):
            os.write(2, f"warning: {_word(signal.Signals(number).name)}\n".encode())


def _word(why: str) -> str:
    return f"{why}: stopping, saving and exporting"
