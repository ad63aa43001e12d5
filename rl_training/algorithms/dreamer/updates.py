"""When gradient steps happen: in turns with collecting, or beside it in a thread.

`Updates` counts what is owed: `train_ratio` replayed observations for each collected one. Beside
collecting, what the machine cannot do in time is not made up for, so the game never waits.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_MOST_OWED = 64.0
"""Gradient steps that may be owed at most in a thread."""


class Updates:
    """Gradient steps in turns with collecting.

    Args:
        update: does one.
    """

    def __init__(self, update: Callable[[], None]) -> None:
        self._update = update
        self._owed = 0.0

    def owe(self, updates: float) -> None:
        """Add to what is owed."""
        self._owed += updates

    def turn(self) -> None:
        """Collecting stands still: do what is owed."""
        while self._owed >= 1.0:
            self._owed -= 1.0
            self._update()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Learn for the time of the block."""
        yield

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hold still for the time of the block, so that weights can be read."""
        yield


class ThreadUpdates(Updates):
    """Gradient steps in a thread, while the caller collects.

    What fails there is raised in the caller's thread, at its next turn.
    """

    def __init__(self, update: Callable[[], None]) -> None:
        super().__init__(update)
        self._lock = threading.Lock()
        self._wake = threading.Condition()
        self._ends = False
        self._error: BaseException | None = None

    def owe(self, updates: float) -> None:
        """See `Updates`."""
        with self._wake:
            self._owed = min(self._owed + updates, _MOST_OWED)
            if self._owed >= 1.0:
                self._wake.notify()

    def turn(self) -> None:
        """See `Updates`: nothing to do but to tell what failed."""
        if self._error is not None:
            raise self._error

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """See `Updates`."""
        self._ends = False
        thread = threading.Thread(target=self._work, name="dreamer-learner", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._wake:
                self._ends = True
                self._wake.notify()
            thread.join()
        self.turn()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """See `Updates`: waits for the step that is being done."""
        with self._lock:
            yield

    def _work(self) -> None:
        try:
            while True:
                with self._wake:
                    self._wake.wait_for(lambda: self._ends or self._owed >= 1.0)
                    if self._ends:
                        return
                    self._owed -= 1.0
                with self._lock:
                    self._update()
        except BaseException as error:
            self._error = error
