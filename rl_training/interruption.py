"""Ctrl-C and SIGTERM from a program's first line on: a word, everything put away, an exit code.

Called by `cli.run_main` (and, before the first heavy import, by whoever wants it earlier). A signal
becomes `Interrupted`, a `KeyboardInterrupt`, so that `with` and `finally` blocks end engines and
remove temporary files; SIGTERM would skip them all. In the middle of an import it waits: packages
in C turn a KeyboardInterrupt into errors of their own, or lose it. `training.stop` takes over while
a policy learns. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator

_LOOK_AGAIN_S = 0.02
_IMPORTING = "<frozen importlib._bootstrap>"
_PATIENCE = 3  # signals after which the process ends whatever it does


class Interrupted(KeyboardInterrupt):
    """A signal asked for the end.

    Attributes:
        exit_code: 128 + the signal, as shells expect it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class _Watch:
    """What is known of the signals that came."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.count = 0


_watch = _Watch()


def received() -> signal.Signals | None:
    """Return the first signal that came since `watching` began; None: none came.

    A KeyboardInterrupt can get lost in code that others wrote (`__del__`, callbacks from C); who
    begins something long asks here first.
    """
    return _watch.received


@contextlib.contextmanager
def watching() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into `Interrupted` for the length of the block.

    Outside of the main thread signals cannot be caught, and nothing changes. Blocks may be nested.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.signal(number, _on_signal) for number in _numbers()}
    _watch.received, _watch.count = None, 0
    try:
        yield
    finally:
        _disarm()
        for number, handler in earlier.items():
            # None: the handler was installed by C code, which Python cannot put back.
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _numbers() -> tuple[signal.Signals, ...]:
    return (signal.SIGINT, signal.SIGTERM)


def _on_signal(number: int, frame: types.FrameType | None) -> None:
    _watch.count += 1
    if _watch.received is None:
        _watch.received = signal.Signals(number)
        # Not through a stream: the signal may have come in the middle of a write.
        with contextlib.suppress(OSError):
            os.write(2, f"{_watch.received.name}: ending\n".encode())
    if _watch.count >= _PATIENCE:
        os._exit(128 + number)
    _raise_outside_of_imports(frame)


def _raise_outside_of_imports(frame: types.FrameType | None) -> None:
    if sys.platform != "win32" and _is_importing(frame):
        signal.signal(signal.SIGALRM, lambda _, now: _raise_outside_of_imports(now))
        signal.setitimer(signal.ITIMER_REAL, _LOOK_AGAIN_S)
        return
    assert _watch.received is not None
    raise Interrupted(_watch.received)


def _disarm() -> None:
    if sys.platform != "win32" and _watch.received is not None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _is_importing(frame: types.FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False
