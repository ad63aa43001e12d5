"""Golden transcripts (tests/contract): reading them, and holding one end of the conversation."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.python.fake_engine import read_exactly

CONTRACT = Path(__file__).parents[2] / "contract"
# Differ from machine to machine, or with a release: compared for their type only.
VOLATILE = ("addon_version", "engine")


@dataclass(frozen=True)
class Line:
    """One line of a transcript: its sender ("python" or "engine"), payload, and refusal."""

    sender: str
    payload: bytes
    error: str = ""

    @property
    def is_binary(self) -> bool:
        """Whether the payload is one of transport binary1 (its header holds three zero bytes)."""
        return self.payload[1:4] == b"\0\0\0"

    @property
    def message(self) -> dict[str, Any]:
        """The JSON message, also of a binary payload that carries one (tag J)."""
        text = self.payload[8:] if self.is_binary else self.payload
        message: dict[str, Any] = json.loads(text)
        return message

    @property
    def type(self) -> str:
        types = {b"A": "action", b"P": "load_policy", b"R": "reset", b"S": "step"}
        tag = types.get(self.payload[:1]) if self.is_binary else None
        return tag or str(self.message["type"])

    @property
    def content(self) -> Any:
        """What is compared: a message with its volatile values masked, or the bytes."""
        return self.payload if self.is_binary else comparable(self.message)


@dataclass(frozen=True)
class Transcript:
    """A conversation; `launch` names the scene and the launch arguments of the real engine."""

    launch: dict[str, Any]
    lines: list[Line]

    def of(self, sender: str) -> Iterator[Line]:
        return (line for line in self.lines if line.sender == sender)


def read(name: str) -> Transcript:
    launch: dict[str, Any] = {}
    lines = []
    for text in (CONTRACT / f"{name}.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(text)
        if entry["from"] == "launch":
            launch = entry
            continue
        payload = (
            bytes.fromhex(entry["hex"]) if "hex" in entry else entry["payload"].encode("utf-8")
        )
        lines.append(Line(entry["from"], payload, entry.get("error", "")))
    return Transcript(launch, lines)


def write(name: str, launch: dict[str, Any], lines: list[Line]) -> None:
    entries: list[dict[str, Any]] = [launch] if launch else []
    for line in lines:
        shown = (
            {"hex": line.payload.hex()} if line.is_binary else {"payload": line.payload.decode()}
        )
        entries.append({"from": line.sender, **shown})
    text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    (CONTRACT / f"{name}.jsonl").write_text(text, "utf-8")


def send_frame(sock: socket.socket, payload: bytes) -> None:
    sock.sendall(len(payload).to_bytes(4, "little") + payload)


def receive_frame(sock: socket.socket) -> bytes | None:
    header = read_exactly(sock, 4)
    return None if header is None else read_exactly(sock, int.from_bytes(header, "little"))


def comparable(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with what may differ replaced by its type's name."""
    about = message.get("spacetime_rl")
    if not isinstance(about, dict):
        return message
    changed = {key: type(about[key]).__name__ for key in VOLATILE if key in about}
    return {**message, "spacetime_rl": {**about, **changed}}
