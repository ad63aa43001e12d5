"""Work that is done in a thread beside the game: packing and writing episodes that ended.

Called by `collector`. Packing releases the interpreter, so it takes place while engines simulate.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from typing_extensions import Self

Item = TypeVar("Item")
_MOST_WAITING = 64


class InBackground(Generic[Item]):
    """Does something with items in a thread, one after another in their order.

    Use it in a `with` block: at its end, also when it ends by an exception, all items are done.

    Args:
        work: with one item. When it fails, its error is raised at the next call or at the end of
            the block, and items after that one are left out.
    """

    def __init__(self, work: Callable[[Item], None]) -> None:
        self._work = work
        # Bounded: who collects faster than a disk writes must wait for it.
        self._items: queue.Queue[Item | None] = queue.Queue(_MOST_WAITING)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="episode-writer", daemon=True)

    def __call__(self, item: Item) -> None:
        """Have an item done.

        Raises:
            BaseException: what an earlier item raised.
        """
        self._tell()
        self._items.put(item)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until all items are done."""
        self._items.put(None)
        self._thread.join()
        if error is None:
            self._tell()

    def _tell(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        failed = False
        while (item := self._items.get()) is not None:
            if failed:
                continue
            try:
                self._work(item)
            except BaseException as error:
                self._error, failed = error, True
