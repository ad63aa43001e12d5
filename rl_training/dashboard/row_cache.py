"""Rows of chunks that were asked for: kept while they are used and while there is room.

Called by `series`; one serves all runs of a server.
"""

from __future__ import annotations

import time

from rl_training.dashboard.columns import Columns


class RowCache:
    """Rows of chunks, those used last, up to an amount of memory and for so long.

    Args:
        most: bytes.
        unused_s: seconds after which rows are forgotten that nobody asked for again.
    """

    def __init__(self, most: int, unused_s: float = 30.0) -> None:
        self._most = most
        self._unused_s = unused_s
        # By when they were used, the last one at the end.
        self._rows: dict[tuple[int, int], tuple[float, Columns]] = {}
        self.bytes = 0

    def find(self, key: tuple[int, int]) -> Columns | None:
        """Return rows that are kept; they count as used."""
        found = self._rows.pop(key, None)
        if found is None:
            return None
        self._rows[key] = (time.monotonic(), found[1])
        return found[1]

    def keep(self, key: tuple[int, int], rows: Columns) -> None:
        """Keep rows, and forget those that were not used for longest."""
        now = time.monotonic()
        self._rows[key] = (now, rows)
        self.bytes += rows.bytes
        while self._rows:
            oldest = next(iter(self._rows))
            if self.bytes <= self._most and now - self._rows[oldest][0] <= self._unused_s:
                break
            self._forget(oldest)

    def drop(self, owner: int) -> None:
        """Forget all rows of a run."""
        for key in [key for key in self._rows if key[0] == owner]:
            self._forget(key)

    def _forget(self, key: tuple[int, int]) -> None:
        self.bytes -= self._rows.pop(key)[1].bytes
