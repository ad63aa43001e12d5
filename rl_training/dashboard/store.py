"""The series of all runs, read in one thread and within one amount of memory.

Called by the REST interface and by the stream. Reading goes on in slices, so that a run of a
gigabyte holds nobody up for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rl_training.dashboard.row_cache import RowCache
from rl_training.dashboard.series import Reading, RunSeries

CACHE_BYTES = 96 << 20
"""Rows of long runs that are kept in memory."""
KEPT_BYTES = 256 << 20
"""Summaries of runs that are kept in memory; the run used least recently goes first."""
MOST_POINTS = 200_000
"""Points of a curve that are sent at most."""

_LOOK_EVERY = 64  # readings between two sums of the memory held

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """Curves of a run.

    Attributes:
        reading: how far its file is read.
        is_reset: the caller's offset was of another file; the curves begin anew.
        curves: tag to (timesteps, values).
    """

    reading: Reading
    is_reset: bool
    curves: dict[str, tuple[list[Any], npt.NDArray[Any]]]

    def as_json(self) -> dict[str, Any]:
        """Return what is sent."""
        return {
            "generation": self.reading.generation,
            "next": self.reading.offset,
            "size": self.reading.size,
            "rows": self.reading.rows,
            "damaged": self.reading.damaged,
            "reset": self.is_reset,
            "series": {tag: [x, y] for tag, (x, y) in self.curves.items()},
        }


class SeriesStore:
    """Keeps the series of the runs that somebody asked for."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "series")
        self._cache = RowCache(CACHE_BYTES)
        self._series: dict[Path, RunSeries] = {}
        self._held = 0
        self._looks = 0

    async def call(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run something in the reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    async def read(self, path: Path, slices: int = 1) -> Reading:
        """Read what is new in a file, and return how far it is read.

        Args:
            path: a metrics.jsonl.
            slices: how many are read at most, others getting their turn in between.
        """
        reading = await self.call(self.advance, path)
        for _ in range(slices - 1):
            if reading.is_whole:
                break
            reading = await self.call(self.advance, path)
        return reading

    async def since(
        self, path: Path, offset: int, generation: str, patterns: Iterable[str] | None, points: int
    ) -> Answer:
        """Return the curves of the rows from a byte on; call `read` first.

        Args:
            path: a metrics.jsonl.
            offset: in bytes, as the last answer gave it.
            generation: as the last answer gave it; of another file it counts as offset 0.
            patterns: of tags; None: all.
            points: of each curve.
        """
        return await self.call(self.since_now, path, offset, generation, patterns, points)

    async def window(
        self, path: Path, low: float, high: float, patterns: Iterable[str] | None, points: int
    ) -> Answer:
        """Return the curves between two timesteps; call `read` first."""
        return await self.call(self._window, path, low, high, patterns, points)

    async def tags(self, path: Path) -> tuple[str, ...]:
        """Return the tags that were seen so far."""
        return await self.call(self.tags_now, path)

    def close(self) -> None:
        """Stop the reading thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def bytes(self) -> int:
        """Memory that is held, of the last look."""
        return self._held + self._cache.bytes

    def _of(self, path: Path) -> RunSeries:
        found = self._series.pop(path, None) or RunSeries(path, self._cache)
        self._series[path] = found  # the one used last stands last
        return found

    def tags_now(self, path: Path) -> tuple[str, ...]:
        """Do what `tags` does; in the reading thread only (`call`)."""
        return self._of(path).tags()

    def advance(self, path: Path) -> Reading:
        """Read one slice of a file; in the reading thread only (`call`)."""
        series = self._of(path)
        reading = series.advance()
        self._looks += 1
        if self._looks % _LOOK_EVERY and reading.is_whole:
            return reading
        self._held = sum(each.bytes for each in self._series.values())
        while self._held > KEPT_BYTES and len(self._series) > 1:
            oldest = self._series.pop(next(iter(self._series)))
            self._held -= oldest.bytes
            oldest.close()
        return reading

    def since_now(
        self, path: Path, offset: int, generation: str, patterns: Iterable[str] | None, points: int
    ) -> Answer:
        """Do what `since` does; in the reading thread only (`call`)."""
        series = self._of(path)
        reading = series.reading
        is_reset = offset > reading.offset or (generation not in ("", reading.generation))
        tags = series.chosen(patterns)
        curves = series.since(-1 if is_reset or not offset else offset, tags, points)
        return Answer(reading, is_reset, _plain(curves))

    def _window(
        self, path: Path, low: float, high: float, patterns: Iterable[str] | None, points: int
    ) -> Answer:
        series = self._of(path)
        reading = series.reading
        curves = series.window(low, high, series.chosen(patterns), points)
        return Answer(reading, False, _plain(curves))


def _plain(curves: dict[str, Any]) -> dict[str, tuple[Any, npt.NDArray[Any]]]:
    """Return timesteps as whole numbers where they are, which are shorter to send."""
    found = {}
    for tag, (x, y) in curves.items():
        if len(x):
            whole = x.astype(np.int64)
            steps = whole if bool((whole == x).all()) else np.ascontiguousarray(x)
            found[tag] = (steps, np.ascontiguousarray(y))
    return found
