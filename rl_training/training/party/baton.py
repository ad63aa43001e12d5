"""Threads of which one runs at a time, in an order that never changes.

Learners block in their own loops, so each gets a thread; but torch's, NumPy's and Python's global
random generators are shared, so threads that ran freely would give another run each time. Whoever
has to wait for the others hands the baton on, and goes on when it comes round again. The caller's
thread (the main one, where signals arrive) only waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

_LOOK_S = 0.5  # between two looks of the main thread: some systems do not interrupt a lock
_GRACE_S = 10.0  # for the thread that holds the baton when the main thread is interrupted


class Abandoned(BaseException):
    """Ends a thread because another one failed; no `except Exception` stops it."""


class Baton:
    """Runs tasks in threads, one at a time.

    Args:
        tasks: what each thread does; the first one begins.
    """

    def __init__(self, tasks: Sequence[Callable[[], None]]) -> None:
        self._tasks = tuple(tasks)
        self._turns = [threading.Semaphore(0) for _ in self._tasks]
        self._living = set(range(len(self._tasks)))
        self._mine = threading.local()
        self._error: BaseException | None = None
        self._over = threading.Event()

    def run(self) -> None:
        """Run all tasks to their ends.

        Raises:
            BaseException: the first one that a task raised; the others are abandoned then, one
                after the other. KeyboardInterrupt: of this thread itself.
        """
        threads = [
            threading.Thread(target=self._thread, args=(i,), name=f"learner {i}", daemon=True)
            for i in range(len(self._tasks))
        ]
        for thread in threads:
            thread.start()
        self._turns[0].release()
        try:
            while not self._over.wait(_LOOK_S):
                pass
        except BaseException as error:
            self._fail(error)
            self._over.wait(_GRACE_S)
            raise
        for thread in threads:
            thread.join()
        if self._error is not None:
            raise self._error

    def pass_on(self) -> None:
        """Let the others run until it is this thread's turn again; called by a task only.

        Raises:
            Abandoned: another task failed.
        """
        me = self._mine.number
        self._check()
        self._turns[self._after(me)].release()
        self._turns[me].acquire()
        self._check()

    def _thread(self, me: int) -> None:
        self._mine.number = me
        self._turns[me].acquire()
        try:
            self._check()
            self._tasks[me]()
        except BaseException as error:  # a thread's error is the run's: it is raised in `run`
            self._fail(error)
        finally:
            following = self._after(me)
            self._living.discard(me)
            if self._living:
                self._turns[following].release()
            else:
                self._over.set()

    def _fail(self, error: BaseException) -> None:
        if self._error is None and not isinstance(error, Abandoned):
            self._error = error

    def _check(self) -> None:
        if self._error is not None:
            raise Abandoned

    def _after(self, me: int) -> int:
        """Return the next living thread; itself when it is the only one."""
        count = len(self._tasks)
        return next(i for k in range(1, count + 1) if (i := (me + k) % count) in self._living)
