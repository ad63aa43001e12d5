"""Ctrl-C and SIGTERM as a wish to stop, not a crash: the run saves, exports and ends well."""

from __future__ import annotations

import logging
import signal
import threading
import types

logger = logging.getLogger(__name__)


class StopRequest:
    """While open, the first SIGINT or SIGTERM sets `requested`; the second one interrupts.

    Outside of the main thread signals cannot be caught; then it only ever is what others set.
    """

    def __init__(self) -> None:
        self.requested = False
        self._earlier: dict[signal.Signals, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._earlier[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._earlier.items():
            # None: the handler was installed by C code, which Python cannot put back.
            signal.signal(number, handler if callable(handler) else signal.SIG_DFL)
        self._earlier.clear()

    def _on_signal(self, number: int, _frame: types.FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        logger.warning("%s: stopping, saving and exporting", signal.Signals(number).name)
