"""Ten thousand hostile messages to a live engine: no hang, no crash, no growth, no script error."""

from __future__ import annotations

import base64
import json
import random
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rl_training.engine import ensure_imported, find_engine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(280)]

MESSAGES = 10_000
LIMIT_S = 5.0
MIB = 1024 * 1024
AGENTS, FLOATS = 1, 1  # of counter_arena.tscn

POLICY = Path(__file__).parents[2] / "godot/fixtures/policies/counter_half.onnx"
ORDERS: list[dict[str, Any]] = [
    {"type": "parameters", "values": {"wind": 1.5, "sand": None}, "arenas": [0]},
    {"type": "parameters", "values": {"wind": 2}},
    {"type": "control", "group": "shared_policy", "control": "game"},
    {"type": "control", "group": "shared_policy", "control": "trainer", "arenas": [0]},
]
HANDSHAKE = {"type": "handshake", "major_version": "0", "minor_version": "7"}
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    1.5,
    2**31,
    2**63,
    -(2**63),
    1e308,
    "",
    "abc",
    "\u0000",
    "res://../..",
    [],
    [[]],
    [None],
    [[None, {}]],
    {},
    {"a": {"b": []}},
    ["x"] * 1000,
]


def frame(payload: bytes) -> bytes:
    return struct.pack("<I", len(payload)) + payload


class Fuzzer:
    """Draws messages, good ones among them, in both transports."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def conversation(self) -> tuple[list[bytes], bool]:
        """Return frames, and whether they negotiate the binary transport."""
        draw = self.random
        binary = draw.random() < 0.5
        frames = []
        if draw.random() < 0.8:
            hello: dict[str, Any] = dict(HANDSHAKE)
            if binary:
                offered = draw.choice(["binary1", "binary2"])
                hello |= {"harness": "x", "protocol": 1, "transports": [offered]}
            elif draw.random() < 0.5:
                hello |= {"harness": "x", "protocol": 1}
            frames = [self.text(hello), self.text({"type": "env_info"})]
        else:
            binary = False
        for _ in range(draw.randint(1, 8)):
            frames.append(self.bad(binary) if draw.random() < 0.6 else self.good(binary))
        return frames, binary

    def good(self, binary: bool) -> bytes:
        kind = self.random.choice(["reset", "action", "call", "order", "policy"])
        if kind == "action" and binary:
            return frame(b"A" + bytes(7) + struct.pack("<f", self.random.uniform(-1, 1)))
        if kind == "order":
            return self.control(dict(self.random.choice(ORDERS)), binary)
        if kind == "policy":
            return self.policy(binary)
        message = {
            "reset": {"type": "reset", "seed": 3},
            "action": {"type": "action", "action": [{"push": [0.5]}]},
            "call": {"type": "call", "method": "get_action_space", "args": [], "agents": [0]},
        }[kind]
        return self.control(message, binary)

    def policy(self, binary: bool) -> bytes:
        """Return a policy by wire, whole or not; over binary1 it has an unknown tag."""
        draw = self.random
        file = bytearray(POLICY.read_bytes())
        if draw.random() < 0.5:
            for _ in range(draw.randint(1, 6)):
                file[draw.randrange(len(file))] = draw.randrange(256)
        message = {"type": "load_policy", "group": "shared_policy", "name": "x"}
        if not binary or draw.random() < 0.3:
            return self.control({**message, "onnx": base64.b64encode(file).decode()}, binary)
        text = json.dumps(message).encode()
        told = draw.choice([len(text), len(text), len(text) + 1, 0, 2**32 - 1])
        return frame(b"P" + bytes(3) + struct.pack("<I", told) + text + file)

    def control(self, message: Any, binary: bool) -> bytes:
        text = json.dumps(message).encode()
        return frame((b"J" + bytes(7) if binary else b"") + text)

    def text(self, message: Any) -> bytes:
        return frame(json.dumps(message).encode())

    def bad(self, binary: bool) -> bytes:
        draw = self.random
        choice = draw.randrange(12)
        if choice == 0:
            return struct.pack("<I", draw.choice([64 * MIB + 1, 2**31, 2**32 - 1]))
        if choice == 1:
            whole = self.good(binary)
            return whole[: draw.randrange(len(whole))]
        if choice == 2:
            return frame(draw.randbytes(draw.randint(0, 300)))
        if choice == 3:
            return self.prefixed(
                draw.choice([b"\xff\xfe{}", b'{"type": "\xc3\x28"}', b"\x80"]), binary
            )
        if choice == 4:
            depth = draw.choice([10, 600, 20_000])
            return self.prefixed(b'{"type":' + b"[" * depth + b"]" * depth + b"}", binary)
        if choice == 5:
            return self.prefixed(b'{"type":"action","action":[{"push":[NaN]}]}', binary)
        if choice == 6 and binary:
            count = draw.choice([0, 1, 2, 3, 500])
            special = [float("nan"), float("inf"), -0.0, 3e38]
            return frame(
                draw.choice([b"A", b"S", b"R", b"J", b"\x00", b"Z"])
                + draw.randbytes(7)
                + b"".join(struct.pack("<f", draw.choice(special)) for _ in range(count))
            )
        if choice == 7:
            flipped = bytearray(self.good(binary))
            for _ in range(draw.randint(1, 4)):
                flipped[draw.randrange(4, len(flipped))] = draw.randrange(256)
            return bytes(flipped)
        # A message with a field that has another type, or is missing, or is one too many.
        message: dict[str, Any] = draw.choice(
            [
                {**HANDSHAKE, "harness": "x", "protocol": 1, "transports": ["binary1"]},
                {"type": "env_info"},
                {"type": "reset", "seed": 1},
                {"type": "action", "action": [{"push": [0.1]}]},
                {"type": "call", "method": "get_obs", "args": [], "agents": [0]},
                {"type": "close"},
                *ORDERS,
                {"type": "load_policy", "group": "shared_policy", "onnx": "AAAA"},
            ]
        )
        message = dict(message)
        name = draw.choice([*message, "extra"])
        message[name] = draw.choice(VALUES)
        if draw.random() < 0.2:
            del message[draw.choice(list(message))]
        if "action" in message and draw.random() < 0.5:
            message["action"] = draw.choice(
                [
                    [{}],
                    [{"push": draw.choice(VALUES)}],
                    [draw.choice(VALUES)],
                    [{"push": [0.1]}] * 3,
                ]
            )
        return self.control(message, binary)

    def prefixed(self, text: bytes, binary: bool) -> bytes:
        return frame((b"J" + bytes(7) if binary else b"") + text)


class Engine:
    """The engine under fire."""

    def __init__(self, repository: Path, log: Path) -> None:
        engine = find_engine()
        ensure_imported(engine, repository)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(30.0)
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    str(engine.path),
                    *("--headless", "--path", str(repository)),
                    *("--script", "res://tests/godot/fuzz/answer_fuzzer.gd"),
                    *("--", f"--fuzzer={self.server.getsockname()[1]}"),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def talk(self, frames: list[bytes]) -> bytes:
        """Send frames, then the end; return all that the engine says until it closes."""
        connection, _ = self.server.accept()
        heard = b""
        with connection:
            connection.settimeout(LIMIT_S)
            try:
                connection.sendall(b"".join(frames))
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    heard += part
            except TimeoutError:
                raise
            except OSError:
                pass  # it closed on the first bad message, with the others unread
        return heard

    def memory(self) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def end(self) -> int:
        self.server.close()
        try:
            return self.process.wait(10.0)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def engine(repository: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(repository, tmp_path / "engine.log")
    yield engine
    if engine.process.poll() is None:
        engine.process.kill()
        engine.process.wait()
    engine.server.close()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_ten_thousand_hostile_messages(engine: Engine) -> None:
    fuzzer = Fuzzer(seed=11)
    sent, slowest, warm = 0, 0.0, 0
    while sent < MESSAGES:
        frames, _ = fuzzer.conversation()
        started = time.monotonic()
        try:
            engine.talk(frames)
        except TimeoutError:
            pytest.fail(f"the engine hangs on {frames!r:.2000}")
        slowest = max(slowest, time.monotonic() - started)
        sent += len(frames)
        assert engine.process.poll() is None, f"the engine ended on {frames}"
        if not warm and sent > MESSAGES // 4:
            warm = engine.memory()
    grown = engine.memory() - warm
    print(f"{sent} messages, slowest conversation {slowest:.2f} s, memory {grown / MIB:+.1f} MiB")
    assert grown < 0.05 * warm

    # It still answers as it should.
    good = [fuzzer.text(HANDSHAKE), fuzzer.text({"type": "env_info"}), fuzzer.good(False)]
    assert b'"env_info"' in engine.talk(good)
    assert engine.end() == 0
    log = engine.log.read_text("utf-8", "replace")
    assert "SCRIPT ERROR" not in log, log[log.index("SCRIPT ERROR") :][:500]
