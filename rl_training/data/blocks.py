"""Arrays as compressed blocks of rows, so that a part can be read without the rest.

Called by `store`. Bytes of numbers are put side by side before zlib sees them (all first bytes, all
second bytes, ...), since neighbours in time share signs and exponents. Knows no files and no
trajectories.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import DataError

Array = NDArray[Any]
BLOCK_BYTES = 1 << 18
"""Bytes of a block before compression, about; a row is never cut."""
_LEVEL = 1
_RAW, _ZLIB = "raw", "zlib"


def packed(array: Array, compress: bool) -> tuple[dict[str, Any], list[bytes]]:
    """Return how an array is stored, and its blocks.

    Args:
        array: (n, ...), contiguous.
        compress: with zlib; blocks that would not shrink stay as they are.

    Returns:
        `{"dtype", "shape", "rows", "blocks": [[codec, bytes], ...]}` and the bytes.
    """
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
        array = array.astype(array.dtype.newbyteorder("<"))
    row = max(1, array[:1].nbytes)
    rows = max(1, BLOCK_BYTES // row)
    table: list[list[Any]] = []
    parts: list[bytes] = []
    for start in range(0, len(array), rows):
        raw = array[start : start + rows].tobytes()
        codec, data = _RAW, raw
        if compress:
            small = zlib.compress(_shuffled(raw, array.dtype.itemsize), _LEVEL)
            if len(small) < len(raw):
                codec, data = _ZLIB, small
        table.append([codec, len(data)])
        parts.append(data)
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "rows": rows,
        "blocks": table,
    }, parts


def stored_bytes(entry: Mapping[str, Any]) -> int:
    """Return how many bytes the blocks of an array take."""
    return sum(int(size) for _, size in entry["blocks"])


def unpacked(
    entry: Mapping[str, Any], data: memoryview, start: int = 0, stop: int | None = None
) -> Array:
    """Return rows `start` to `stop` - 1 of an array.

    Args:
        entry: what `packed` told of it.
        data: its blocks, one after another; an array of one block that was not compressed is a view
            of it.
        start: in [0, n].
        stop: in [start, n]; None: n.

    Raises:
        DataError: the blocks do not hold what the entry tells.
    """
    dtype, shape = np.dtype(str(entry["dtype"])), tuple(int(size) for size in entry["shape"])
    if dtype.kind not in "biuf" or not shape or min(shape) < 0:
        raise DataError(f"an array is {dtype} {shape}; expected numbers")
    stop = shape[0] if stop is None else stop
    rows = int(entry["rows"])
    row_bytes = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
    parts: list[Array] = []
    at = 0
    for number, (codec, size) in enumerate(entry["blocks"]):
        first = number * rows
        last = min(first + rows, shape[0])
        block, at = data[at : at + int(size)], at + int(size)
        if first >= stop or last <= start:
            continue
        raw = _content(codec, block, (last - first) * row_bytes, dtype.itemsize)
        whole = np.frombuffer(raw, dtype).reshape(last - first, *shape[1:])
        parts.append(whole[max(0, start - first) : stop - first])
    if sum(len(part) for part in parts) != stop - start:
        raise DataError(f"an array has {sum(len(p) for p in parts)} of {stop - start} rows")
    if not parts:
        return np.empty((0, *shape[1:]), dtype)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _content(codec: str, block: memoryview, size: int, itemsize: int) -> Any:
    if codec == _RAW:
        content: Any = block
    elif codec == _ZLIB:
        # Bounded: a damaged or hostile block cannot grow beyond its array.
        unzipper = zlib.decompressobj()
        try:
            content = unzipper.decompress(block, size + 1)
        except zlib.error as error:
            raise DataError(f"a block cannot be unpacked: {error}") from None
        content = _unshuffled(content, itemsize) if len(content) == size else content
    else:
        raise DataError(f"a block has the codec {codec!r}; expected {_RAW} or {_ZLIB}")
    if len(content) != size:
        raise DataError(f"a block holds {len(content)} bytes; expected {size}")
    return content


def _shuffled(raw: bytes, itemsize: int) -> bytes:
    if itemsize == 1:
        return raw
    shuffled: bytes = np.frombuffer(raw, np.uint8).reshape(-1, itemsize).T.tobytes()
    return shuffled


def _unshuffled(raw: bytes, itemsize: int) -> bytes:
    if itemsize == 1:
        return raw
    whole: bytes = np.frombuffer(raw, np.uint8).reshape(itemsize, -1).T.tobytes()
    return whole
