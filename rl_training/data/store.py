"""Trajectories in one file: appended, compressed, read through a memory map, also while written.

Written by `TrajectoryWriter`, read by `TrajectoryStore`; docs/data.md has the layout. A file holds
numbers and JSON only, so that one from elsewhere cannot run code. An episode that was cut off, or
whose checksum is wrong, costs that episode and no other.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, overload

from typing_extensions import Self

from rl_training.data.blocks import stored_bytes, unpacked
from rl_training.data.records import HEAD, HEAD_CRC, TAG, packed_record, unpacked_trajectory
from rl_training.data.trajectory import Array, Trajectory
from rl_training.engine.locks import try_lock
from rl_training.errors import DataError, StorageError
from rl_training.runs.atomic import disk_errors

SUFFIX = ".traj"
VERSION = 1
_MAGIC = b"SPACETRJ"
_FILE_HEAD = struct.Struct("<8sII")
# Windows locks bytes and lets nobody read them: this one lies far behind what is written.
_LOCKED_BYTE = 1 << 40


class _Record(NamedTuple):
    at: int
    json_size: int
    data_size: int
    steps: int
    crc: int

    @property
    def end(self) -> int:
        return self.at + HEAD.size + self.json_size + self.data_size


class TrajectoryWriter:
    """Appends trajectories to a file, one at a time; a second writer of the file is refused.

    Args:
        path: the file; made when it is not there. What an interrupted writer left unfinished at
            its end is moved to a file beside it (`NAME.cut`).
        compress: with zlib; else arrays of one block are read as views of the file.

    Raises:
        DataError: it is another kind of file.
        StorageError: it cannot be written, or another process writes it.
    """

    def __init__(self, path: Path, *, compress: bool = True) -> None:
        self.path = path
        self._compress = compress
        self.note = ""
        """What had to be moved away when the file was opened; empty: nothing."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
        self._file: BinaryIO = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            if not try_lock(descriptor):
                raise StorageError(f"another process is writing {path}; wait for it or end it")
            self.count, self.steps = self._begin()
        except BaseException:
            self._file.close()
            raise

    def _begin(self) -> tuple[int, int]:
        size = self._file.seek(0, os.SEEK_END)
        if size == 0:
            self._file.write(_FILE_HEAD.pack(_MAGIC, VERSION, 0))
            return 0, 0
        with TrajectoryStore(self.path) as found:
            end, count, steps = found.end, len(found), int(sum(found.lengths))
        if end < size:
            rest = self.path.with_name(self.path.name + ".cut")
            self._file.seek(end)
            with rest.open("ab") as kept:
                kept.write(self._file.read(size - end))
            self._file.truncate(end)
            self.note = f"{self.path}: {size - end} bytes of an unfinished episode are in {rest}"
        self._file.seek(end)
        return count, steps

    def append(self, one: Trajectory) -> None:
        """Write one trajectory; readers see it whole or not at all.

        Raises:
            StorageError: there is no room; what was there before is unchanged.
            DataError: its infos or meta hold what JSON cannot.
        """
        record = packed_record(one, self._compress)
        start = self._file.tell()
        try:
            with disk_errors(self.path):
                written = 0
                while written < len(record):
                    written += self._file.write(record[written:])
        except BaseException:
            self._file.truncate(start)
            self._file.seek(start)
            raise
        self.count += 1
        self.steps += len(one)

    def close(self) -> None:
        """Bring the file to the disk and close it; may be called twice."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the file."""
        self.close()


class TrajectoryStore(Sequence[Trajectory]):
    """The trajectories of a file, read when they are asked for.

    Args:
        path: a `.traj` file; one that is being written too.

    Attributes:
        lengths: decisions of each.
        problems: what is damaged, a line each. A cut-off end is one until its writer is done.
        end: byte behind the last whole trajectory.

    Raises:
        DataError: the file is missing, of another kind, or of another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: list[_Record] = []
        self._lost: list[str] = []
        self._tail = ""
        self.end = _FILE_HEAD.size
        self._map: mmap.mmap | None = None
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror or error}") from None
        try:
            self._require_ours()
            self.refresh()
        except BaseException:
            self.close()
            raise

    def _require_ours(self) -> None:
        head = self._file.read(_FILE_HEAD.size)
        if head[: len(_MAGIC)] != _MAGIC[: len(head)] or (head and len(head) < len(_MAGIC)):
            raise DataError(f"{self.path} holds no trajectories of ours ({SUFFIX}, docs/data.md)")
        if len(head) == _FILE_HEAD.size:
            version = _FILE_HEAD.unpack(head)[1]
            if version != VERSION:
                raise DataError(
                    f"{self.path} is of version {version}, this harness reads {VERSION}: update "
                    "one of them"
                )

    @property
    def lengths(self) -> list[int]:
        """Decisions of each."""
        return [record.steps for record in self._records]

    @property
    def problems(self) -> tuple[str, ...]:
        """What is damaged, a line each."""
        return (*self._lost, *([self._tail] if self._tail else []))

    def refresh(self) -> int:
        """Look for what was appended since; return how many there are more."""
        size = os.fstat(self._file.fileno()).st_size
        if size > _FILE_HEAD.size and (self._map is None or len(self._map) < size):
            # Arrays of an older map keep it alive.
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        before, self._tail = len(self._records), ""
        limit = 0 if self._map is None else len(self._map)
        while self.end < limit:
            record = self._record_at(self.end)
            if record is not None and record.end <= limit:
                self._records.append(record)
                self.end = record.end
                continue
            later = self._next_head(self.end + 1)
            if later is None:
                missing = f", {record.end - limit} bytes are missing" if record else ""
                self._tail = (
                    f"{self.path}: cut off at byte {self.end} of {limit}{missing}; the "
                    f"{len(self._records)} trajectories before it are whole"
                )
                break
            self._lost.append(f"{self.path}: bytes {self.end} to {later} are damaged; skipped")
            self.end = later
        return len(self._records) - before

    def _record_at(self, at: int) -> _Record | None:
        assert self._map is not None
        if at + HEAD.size > len(self._map):
            return None
        tag, json_size, data_size, steps, crc, head_crc = HEAD.unpack_from(self._map, at)
        if tag != TAG or zlib.crc32(self._map[at : at + HEAD_CRC]) != head_crc:
            return None
        return _Record(at, json_size, data_size, steps, crc)

    def _next_head(self, at: int) -> int | None:
        assert self._map is not None
        while (at := self._map.find(TAG, at)) >= 0:
            record = self._record_at(at)
            if record is not None and record.end <= len(self._map):
                return at
            at += 1
        return None

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, number: int) -> Trajectory: ...
    @overload
    def __getitem__(self, number: slice) -> list[Trajectory]: ...
    def __getitem__(self, number: int | slice) -> Trajectory | list[Trajectory]:
        """Read one trajectory, or several.

        Raises:
            DataError: it is damaged; others can still be read.
        """
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        record = self._records[number]
        number %= len(self)
        body = self._body(record)
        if zlib.crc32(body) != record.crc:
            raise DataError(
                f"{self.path}: trajectory {number} is damaged (its checksum differs); the others "
                f"can be read: `spacetime-rl data convert {self.path} NEW{SUFFIX}` keeps them"
            )
        return self._read(number, 0, record.steps)

    def read(self, number: int, start: int, stop: int) -> Trajectory:
        """Read the decisions `start` to `stop` - 1 of a trajectory, without unpacking the others.

        Raises:
            DataError: they are damaged.
        """
        start, stop, _ = slice(start, stop).indices(self._records[number].steps)
        return self._read(number, start, stop)

    def sound(self) -> Iterator[tuple[int, Trajectory | DataError]]:
        """Yield every trajectory with its number, an error in the place of one that is damaged."""
        for number in range(len(self)):
            try:
                yield number, self[number]
            except DataError as error:
                yield number, error

    def _body(self, record: _Record) -> memoryview:
        assert self._map is not None, "there is a record"
        return memoryview(self._map)[record.at + HEAD.size : record.end]

    def _read(self, number: int, start: int, stop: int) -> Trajectory:
        record = self._records[number]
        body = self._body(record)
        try:
            told = json.loads(bytes(body[: record.json_size]))
            at = record.json_size
            arrays: dict[str, Array] = {}
            for name, entry in told["arrays"].items():
                size = stored_bytes(entry)
                more = 0 if name in ("actions", "rewards") else 1
                arrays[name] = unpacked(entry, body[at : at + size], start, stop + more)
                at += size
            return unpacked_trajectory(told, arrays, start, stop, record.steps)
        except (KeyError, TypeError, ValueError, AttributeError, DataError) as error:
            raise DataError(f"{self.path}: trajectory {number} is damaged: {error}") from error

    def close(self) -> None:
        """Close the file; arrays that were read stay."""
        self._map = None
        self._file.close()

    def __del__(self) -> None:
        """Close the file of a store that was forgotten."""
        if hasattr(self, "_file"):
            self.close()

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the file."""
        self.close()


def save_trajectories(path: Path, trajectories: Sequence[Trajectory]) -> None:
    """Append trajectories to a file; see `TrajectoryWriter`."""
    with TrajectoryWriter(path) as writer:
        for one in trajectories:
            writer.append(one)
