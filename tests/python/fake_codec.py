"""Transport `binary2` from an engine's side, by the standard library: the fake engine's codec.

It shares no code with `rl_training.protocol`. Messages are the dictionaries of the JSON transport;
`env_info` gives the agents' layouts. A status is a list of numbers beside the message.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

HEADER = struct.Struct("<B3xI")
Info = dict[str, Any]


def layouts(info: Info) -> list[list[int]]:
    """Return the agents of each layout; one without agents has no bytes."""
    found: dict[int, list[int]] = {}
    for group in info["spacetime_rl"]["groups"]:
        agents = range(group["first"], group["first"] + group["count"])
        found.setdefault(group["layout"], []).extend(agents)
    return [found[number] for number in sorted(found) if found[number]]


def decode(info: Info, payload: bytes) -> dict[str, Any]:
    """Return the message of one of Python's payloads."""
    tag, count = HEADER.unpack_from(payload)
    body = payload[HEADER.size :]
    if tag == ord("J"):
        message: dict[str, Any] = json.loads(body)
        return message
    if tag == ord("P"):
        return {**json.loads(body[:count]), "onnx": body[count:]}
    assert tag == ord("A"), f"tag {tag:#x}"
    actions: list[dict[str, Any]] = [{} for _ in range(info["n_agents"])]
    at = 0
    for agents in layouts(info):
        declared = info["action_space"][agents[0]]
        for kind, letter in (("continuous", "f"), ("discrete", "i")):
            sizes = {
                key: each["size"] if kind == "continuous" else 1
                for key, each in declared.items()
                if each["action_type"] == kind
            }
            for agent in agents:
                for key, size in sizes.items():
                    values = struct.unpack_from(f"<{size}{letter}", body, at)
                    actions[agent][key] = list(values) if kind == "continuous" else values[0]
                    at += 4 * size
    assert at == len(body), "an action message of another length"
    return {"type": "action", "action": actions}


def encode(info: Info, message: dict[str, Any], status: list[int]) -> bytes:
    """Return the payload of one of the engine's messages."""
    if message["type"] not in ("reset", "step"):
        return HEADER.pack(ord("J"), 0) + json.dumps(message).encode()
    infos = {str(agent): each for agent, each in enumerate(message["info"]) if each}
    tail = json.dumps(infos).encode() if infos else b""
    observations = _observations(info, message["obs"])
    flags = _padded(bytes(status))
    if message["type"] == "reset":
        empty = sum(flag > 0 for flag in status)
        return HEADER.pack(ord("R"), empty) + (flags if empty else b"") + observations + tail
    rewards = struct.pack(f"<{len(status)}f", *message["reward"])
    ended = sum(flag & 3 > 0 for flag in status)
    finals = _observations(info, message["final_obs"])
    return HEADER.pack(ord("S"), ended) + rewards + flags + observations + finals + tail


def _observations(info: Info, rows: list[Any]) -> bytes:
    """Write the rows that are there, layout by layout, key by key."""
    parts = []
    for agents in layouts(info):
        declared = info["observation_space"][agents[0]]
        for key in sorted(declared):
            values = [rows[agent][key] for agent in agents if rows[agent] is not None]
            if "2d" in key:
                parts.append(_padded(b"".join(bytes.fromhex(value) for value in values)))
            else:
                flat = [
                    x for value in values for x in (value if isinstance(value, list) else [value])
                ]
                parts.append(struct.pack(f"<{len(flat)}f", *map(_number, flat)))
    return b"".join(parts)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
