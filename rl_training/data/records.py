"""One trajectory as the bytes of a record, and back; docs/data.md has the layout.

Called by `store`, which knows the file.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from rl_training.data.blocks import packed
from rl_training.data.trajectory import Array, Trajectory
from rl_training.errors import DataError

TAG = b"EPIS"
# Tag, bytes of JSON, bytes of arrays, decisions, checksum of both, checksum of this head.
HEAD = struct.Struct("<4sIQIII")
HEAD_CRC = HEAD.size - 4


def packed_record(one: Trajectory, compress: bool) -> bytes:
    """Return a trajectory as the bytes of a record.

    Raises:
        DataError: its infos or meta hold what JSON cannot.
    """
    arrays = {f"observations/{key}": array for key, array in one.observations.items()}
    arrays |= {"actions": one.actions, "rewards": one.rewards}
    if one.times is not None:
        arrays["times"] = one.times
    entries: dict[str, Any] = {}
    parts: list[bytes] = []
    for name, array in arrays.items():
        entries[name], blocks = packed(array, compress)
        parts += blocks
    told = {
        "arrays": entries,
        "terminated": one.terminated,
        "truncated": one.truncated,
        "infos": {str(at): info for at, info in one.infos.items()},
        "seed": one.seed,
        "parameters": one.parameters,
        "meta": one.meta,
    }
    try:
        text = json.dumps(told, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise DataError(f"infos and meta must be JSON values: {error}") from None
    data = b"".join((text, *parts))
    head = HEAD.pack(TAG, len(text), len(data) - len(text), len(one), zlib.crc32(data), 0)
    head = head[:HEAD_CRC] + struct.pack("<I", zlib.crc32(head[:HEAD_CRC]))
    return head + data


def unpacked_trajectory(
    told: dict[str, Any], arrays: dict[str, Array], start: int, stop: int, steps: int
) -> Trajectory:
    """Return a trajectory, or a part of it.

    Args:
        told: the record's JSON.
        arrays: by name, of the part.
        start: first decision of the part.
        stop: the one behind it.
        steps: decisions of the whole.
    """
    last = stop == steps
    infos = {int(at): info for at, info in told["infos"].items()}
    return Trajectory(
        observations={
            name.partition("/")[2]: array
            for name, array in arrays.items()
            if name.startswith("observations/")
        },
        actions=arrays["actions"],
        rewards=arrays["rewards"],
        terminated=told["terminated"] and last,
        truncated=told["truncated"] or not last,
        infos={at - start: info for at, info in infos.items() if start <= at < stop},
        seed=told["seed"],
        parameters=told["parameters"],
        times=arrays.get("times"),
        meta=told["meta"],
    )
