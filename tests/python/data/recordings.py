"""Writes recordings byte by byte as docs/replay.md has them, for tests without an engine."""

from __future__ import annotations

import copy
import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HEADER: dict[str, Any] = {
    "format": "spacetime_rl_replay",
    "version": 1,
    "addon_version": "0.1.0",
    "engine": "4.6.3-stable",
    "scene": "res://level.tscn",
    "arenas": 2,
    "isolation": "worlds",
    "action_repeat": 9,
    "physics_ticks_per_second": 90,
    "project": "A Game",
    "physics_engine": "Jolt Physics",
    "precision": "single",
    "system": "Linux x86_64",
    "headless": True,
    "detail": "full",
    "speedup": 0.0,
    "commit": "",
    "arena": 1,
    "env_seed": 5,
    "agents": [
        {
            "episode": 3,
            "seed": 77,
            "begins_on_call": True,
            "observation": [["camera_2d", -1], ["obs", 3]],
            "observation_names": {"obs": ["place", "speed"]},
            "action_space": {
                "aim": {"size": 2, "action_type": "continuous"},
                "jump": {"size": 2, "action_type": "discrete"},
            },
        }
    ],
}
NODES = [[0, ".", "node3d"], [1, "Player", "body3d"], [2, "Box", "shape3d"]]
WIDTHS = (12, 15, 15)
END = {
    "ended": True,
    "terminated": True,
    "truncated": False,
    "ticks": 31,
    "return": 2.0,
    "info": {},
}
DECISIONS = 4


def header(**changes: Any) -> dict[str, Any]:
    """Return a header, changed; changes of `agents`' only row are given as `agent`."""
    made = copy.deepcopy(HEADER)
    made["agents"][0].update(changes.pop("agent", {}))
    made.update(changes)
    return made


def record(tag: str, payload: bytes) -> bytes:
    """Return a record with its head."""
    return struct.pack("<B3xI", ord(tag), len(payload)) + payload


def nodes(added: Sequence[Any] = NODES, gone: Sequence[int] = ()) -> bytes:
    """Return the record of nodes that appeared or went."""
    return record("N", json.dumps({"nodes": added, "gone": gone}).encode())


def decision(
    changed: Mapping[int, Sequence[float]] | None = None,
    obs: Sequence[float] = (0.0, 1.0, 2.0, 3.0),
    reward: float = 0.5,
    action: Sequence[float] = (0.1, -0.2, 1.0),
) -> bytes:
    """Return a decision's record; `changed` is node number to its values."""
    changed = changed or {}
    payload = struct.pack("<II", 1234, len(changed)) + np.array([reward], "<f8").tobytes()
    payload += np.array(action, "<f8").tobytes() + np.array(obs, "<f4").tobytes()
    payload += np.array(list(changed), "<i4").tobytes()
    payload += b"".join(np.array(values, "<f4").tobytes() for values in changed.values())
    return record("D", payload)


def ending(
    count: int = DECISIONS,
    obs: Sequence[float] = (0.0, 1.0, 2.0, 3.0),
    reward: float = 0.5,
    **changes: Any,
) -> bytes:
    """Return the records after the last decision."""
    final = np.array([reward], "<f8").tobytes() + np.array(obs, "<f4").tobytes()
    end = {"decisions": count, "hash": 1234, "agents": [{**END, **changes}]}
    return record("F", final) + record("E", json.dumps(end).encode())


def episode(*replaced: tuple[int, bytes], end: bytes | None = None, **changes: Any) -> bytes:
    """Return a whole file, not compressed.

    Args:
        replaced: (number, record) of decisions that are not the usual ones.
        end: the records after the last decision.
        changes: of the header.
    """
    usual = {0: decision({i: [0.0] * width for i, width in enumerate(WIDTHS)}, reward=0.0)}
    usual |= {k: decision({1: [float(k)] * 15}) for k in range(1, DECISIONS)}
    usual |= dict(replaced)
    body = b"".join(usual[k] for k in range(DECISIONS))
    head = json.dumps(header(**changes)).encode() + b"\n"
    return head + nodes() + body + (ending() if end is None else end)


def write(path: Path, content: bytes) -> Path:
    """Write a file, compressed unless it is a part."""
    path.write_bytes(content if path.suffix == ".part" else gzip.compress(content))
    return path
