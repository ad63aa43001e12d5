"""Lines of metrics.jsonl as columns of numbers.

Called by `series`. A line that is damaged, or is no row of metrics, is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

STEPS = "timesteps"
MOST_TAGS = 2000
"""Tags of a run that are kept; a file with more of them is nothing that a run wrote."""
_LONGEST_TAG = 200
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Columns:
    """Some rows of a run.

    Attributes:
        x: (n,) float64, timesteps.
        ends: (n,) int64, the byte behind each row's line.
        y: tag to (n,) float32; NaN where a row does not have it.
        damaged: lines that were left out.
    """

    x: npt.NDArray[np.float64]
    ends: npt.NDArray[np.int64]
    y: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    damaged: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.x)

    @property
    def bytes(self) -> int:
        """Memory that they take."""
        return int(self.x.nbytes + self.ends.nbytes + sum(one.nbytes for one in self.y.values()))

    def part(self, start: int, end: int) -> Columns:
        """Return rows `start` to `end` - 1."""
        y = {tag: values[start:end] for tag, values in self.y.items()}
        return Columns(self.x[start:end], self.ends[start:end], y)


def empty() -> Columns:
    """Return no rows."""
    return Columns(np.empty(0), np.empty(0, dtype=np.int64))


def parse(block: bytes, offset: int) -> Columns:
    """Return the rows of whole lines.

    Args:
        block: lines, each with its newline.
        offset: of the block in the file, in bytes.
    """
    lines = block.split(b"\n")[:-1]
    ends = offset + np.cumsum([len(line) + 1 for line in lines], dtype=np.int64)
    try:
        rows: list[Any] = orjson.loads(b"[" + b",".join(lines) + b"]")
        whole = len(rows) == len(lines)
    except orjson.JSONDecodeError:
        whole = False
    if not whole:
        rows = [_one(line) for line in lines]
    kept = [i for i, row in enumerate(rows) if _is_row(row)]
    damaged = sum(1 for line in lines if line.strip()) - len(kept)
    if len(kept) < len(rows):
        rows, ends = [rows[i] for i in kept], ends[kept]
    tags = list(dict.fromkeys(tag for row in rows for tag in row))[: MOST_TAGS + 1]
    x = _column([row[STEPS] for row in rows])
    y = {
        tag: np.clip(_column([row.get(tag) for row in rows]), -_LARGEST, _LARGEST).astype(
            np.float32
        )
        for tag in tags
        if tag != STEPS and len(tag) <= _LONGEST_TAG
    }
    return Columns(x, ends, y, damaged)


def joined(one: Columns, other: Columns) -> Columns:
    """Return the rows of both."""
    if not one.rows:
        return other
    tags = list(dict.fromkeys((*one.y, *other.y)))[:MOST_TAGS]
    return Columns(
        np.concatenate((one.x, other.x)),
        np.concatenate((one.ends, other.ends)),
        {tag: np.concatenate((_of(one, tag), _of(other, tag))) for tag in tags},
    )


def _of(columns: Columns, tag: str) -> npt.NDArray[np.float32]:
    found = columns.y.get(tag)
    return np.full(columns.rows, np.nan, dtype=np.float32) if found is None else found


def _one(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get(STEPS), (int, float))
        and abs(row[STEPS]) < 2.0**53
    )


def _column(values: list[Any]) -> npt.NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e300 else np.nan
