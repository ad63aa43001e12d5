"""The scalars of one run by byte offset: read once, answered at any zoom.

Called by `store`, from one thread. Rows are kept in chunks. Of each chunk a summary stays in
memory (the extremes of every 16 rows); its rows themselves are kept while there is room, and read
again from the file otherwise. So a run of ten million rows zooms without being held.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_training.dashboard.columns import MOST_TAGS, Columns, empty, joined, parse
from rl_training.dashboard.decimation import decimate, without_superseded
from rl_training.dashboard.row_cache import RowCache
from rl_training.dashboard.summary import STRETCH, Chunk, chunk_of, joined_chunks

CHUNK_ROWS = 4096
MOST_CHUNKS = 512
"""Summaries of a run; where there are more, neighbours are joined, so that memory stays flat."""
SLICE_BYTES = 8 << 20
"""What one call reads of a file, so that others get their turn."""
_FIRST_BYTES = 512
_MOST_READ_AGAIN = 48 << 20  # bytes of a file, for one answer

_Curve = tuple[npt.NDArray[np.float64], npt.NDArray[Any]]
_Piece = Callable[[str], _Curve | None]


@dataclass(frozen=True)
class Reading:
    """How far a run's file is read.

    Attributes:
        generation: names the file; another one means that the run began anew.
        offset: byte behind the last row that was read.
        size: of the file.
        rows: that were read.
        damaged: lines that could not be read.
    """

    generation: str
    offset: int
    size: int
    rows: int
    damaged: int

    @property
    def is_whole(self) -> bool:
        """Whether all of the file is read, but for a line that is being written."""
        return self.offset >= self.size


class RunSeries:
    """Follows one metrics.jsonl.

    Args:
        path: the file; it may not exist yet.
        cache: keeps rows of sealed chunks while there is room.
    """

    def __init__(self, path: Path, cache: RowCache) -> None:
        self._path = path
        self._cache = cache
        self.generation = ""
        self.rows = 0
        self.reading = Reading("", 0, 0, 0, 0)
        self._inode = -1
        self._offset = 0
        self._half = 0
        self._sealed_to = 0
        self._damaged = 0
        self._chunks: list[Chunk] = []
        self._open = empty()
        self._tags: dict[str, None] = {}

    def advance(self, most: int = SLICE_BYTES) -> Reading:
        """Read what is new, at most `most` bytes of it."""
        try:
            with open(self._path, "rb") as file:
                about = os.fstat(file.fileno())
                if about.st_ino != self._inode or about.st_size < self._offset:
                    first = file.read(_FIRST_BYTES).split(b"\n")[0]
                    self._forget(f"{about.st_ino:x}-{zlib.crc32(first):x}")
                    self._inode = about.st_ino
                if about.st_size > self._offset:
                    file.seek(self._offset)
                    block = file.read(min(most, about.st_size - self._offset))
                    self._take(block, is_full=len(block) == most)
                size = about.st_size
        except FileNotFoundError:
            self._forget("")
            size = 0
        # A line that is being written counts as read: nothing can be said of it yet.
        size = self._offset if self._offset + self._half >= size else size
        self.reading = Reading(self.generation, self._offset, size, self.rows, self._damaged)
        return self.reading

    def tags(self) -> tuple[str, ...]:
        """Return all tags, in the order in which they appeared."""
        return tuple(self._tags)

    def chosen(self, patterns: Iterable[str] | None) -> tuple[str, ...]:
        """Return the tags that fit one of the patterns ("reward/*"); None: all."""
        if patterns is None:
            return self.tags()
        wanted = list(patterns)
        return tuple(tag for tag in self._tags if any(fnmatchcase(tag, one) for one in wanted))

    def since(self, offset: int, tags: Sequence[str], points: int) -> dict[str, _Curve]:
        """Return the curves of the rows that begin at or behind a byte.

        Args:
            offset: in bytes.
            tags: names of them.
            points: of each curve at most.
        """
        chunks = [chunk for chunk in self._chunks if chunk.end > offset]
        return self._curves(chunks, tags, points, after=offset)

    def window(
        self, low: float, high: float, tags: Sequence[str], points: int
    ) -> dict[str, _Curve]:
        """Return the curves between two timesteps, and the point beyond each of them."""
        chunks = [chunk for chunk in self._chunks if chunk.high >= low and chunk.low <= high]
        return self._curves(chunks, tags, points, low=low, high=high)

    def _curves(
        self,
        chunks: list[Chunk],
        tags: Sequence[str],
        points: int,
        after: int = -1,
        low: float = -np.inf,
        high: float = np.inf,
    ) -> dict[str, _Curve]:
        rows = sum(chunk.rows for chunk in chunks) + self._open.rows
        stretch = max((chunk.stretch for chunk in chunks), default=STRETCH)
        span = chunks[-1].end - chunks[0].begin if chunks else 0
        whole = rows <= stretch * max(points, 256) and span <= _MOST_READ_AGAIN
        pieces: list[_Piece] = []
        for chunk in chunks:
            # What straddles the offset must be cut row by row.
            if whole or chunk.begin < after:
                pieces.append(_near(self._rows_of(chunk), after))
            else:
                pieces.append(_far(chunk))
        if self._open.rows:
            pieces.append(_near(self._open, after))
        found = {}
        for tag in tags:
            parts = [part for piece in pieces if (part := piece(tag)) is not None]
            if not parts:
                continue
            x = np.concatenate([part[0] for part in parts])
            y = np.concatenate([part[1] for part in parts])
            seen = np.isfinite(y)
            x, y = without_superseded(x[seen], y[seen])
            if low > -np.inf or high < np.inf:
                inside = np.flatnonzero((x >= low) & (x <= high))
                if len(inside):
                    first, last = max(0, inside[0] - 1), min(len(x), inside[-1] + 2)
                    x, y = x[first:last], y[first:last]
                else:
                    x, y = x[:0], y[:0]
            found[tag] = decimate(x, y, points)
        return found

    def _take(self, block: bytes, *, is_full: bool) -> None:
        end = block.rfind(b"\n") + 1
        if not end:
            self._half = len(block)
            if is_full:  # no line of a run is that long
                self._offset += len(block)
                self._damaged += 1
            return
        self._half = len(block) - end
        fresh = parse(block[:end], self._offset)
        self._damaged += fresh.damaged
        self.rows += fresh.rows
        for tag in fresh.y:
            if len(self._tags) < MOST_TAGS:
                self._tags.setdefault(tag)
        self._open = joined(self._open, fresh)
        self._offset += end
        while self._open.rows >= CHUNK_ROWS:
            self._seal(self._open.part(0, CHUNK_ROWS))
            self._open = self._open.part(CHUNK_ROWS, self._open.rows)

    def _seal(self, rows: Columns) -> None:
        chunk = chunk_of(rows, self._sealed_to)
        self._sealed_to = chunk.end
        self._chunks.append(chunk)
        if len(self._chunks) > MOST_CHUNKS:
            pairs = zip(self._chunks[::2], self._chunks[1::2], strict=False)
            odd = self._chunks[len(self._chunks) // 2 * 2 :]
            self._chunks = [joined_chunks(one, other) for one, other in pairs] + odd

    def _rows_of(self, chunk: Chunk) -> Columns:
        key = (id(self), chunk.begin)
        found = self._cache.find(key)
        if found is None:
            with open(self._path, "rb") as file:
                file.seek(chunk.begin)
                found = parse(file.read(chunk.end - chunk.begin), chunk.begin)
            self._cache.keep(key, found)
        return found

    def _forget(self, generation: str) -> None:
        self.generation = generation
        self.rows = 0
        self.reading = Reading(generation, 0, 0, 0, 0)
        self._inode = -1
        self._offset = self._half = self._sealed_to = self._damaged = 0
        self._chunks = []
        self._open = empty()
        self._tags = {}
        self._cache.drop(id(self))

    def close(self) -> None:
        """Give up all memory."""
        self._forget("")

    @property
    def bytes(self) -> int:
        """Memory that is held besides the cache."""
        kept = sum(chunk.bytes for chunk in self._chunks)
        return kept + self._open.bytes


def _near(rows: Columns, after: int) -> _Piece:
    """Return what gives the rows themselves, those whose lines end behind a byte."""
    start = int(np.searchsorted(rows.ends, after, side="right")) if after >= 0 else 0

    def curve(tag: str) -> _Curve | None:
        found = rows.y.get(tag)
        return None if found is None else (rows.x[start:], found[start:])

    return curve


def _far(chunk: Chunk) -> _Piece:
    """Return what gives the extremes of every stretch of a chunk."""

    def curve(tag: str) -> _Curve | None:
        found = chunk.values.get(tag)
        if found is None:
            return None
        # Timesteps rise evenly within a stretch, or nearly so.
        share = chunk.places[tag] / 255.0
        x = chunk.x[:, :1] + share * (chunk.x[:, 1:] - chunk.x[:, :1])
        return x.ravel(), found.ravel()

    return curve
