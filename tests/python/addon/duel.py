"""duel_arena.tscn as a trainer drives it: an engine, its messages as JSON, and the arena's log."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from rl_training.engine.find import find_engine

REPOSITORY = Path(__file__).parents[3]
SCENE = "res://tests/godot/fixtures/duel_arena.tscn"
PLACE, BEGINS, DRAW, GRAVITY, OTHER_PLACE, OTHER_BEGINS = range(6)
LIMIT_S = 15.0


class Duel:
    """A trainer's end of the connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.send({"type": "handshake", "major_version": "0", "minor_version": "7",
                   "harness": "spacetime-rl", "protocol": 1, "transports": ["json"]})  # fmt: skip
        self.about = self.ask({"type": "env_info"})
        self.rows: list[str] = self.about["spacetime_rl"]["agent_paths"]

    def send(self, message: dict[str, Any]) -> None:
        payload = json.dumps(message).encode()
        self._connection.sendall(struct.pack("<I", len(payload)) + payload)

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message and return its answer."""
        self.send(message)
        (size,) = struct.unpack("<I", self._read(4))
        answer: dict[str, Any] = json.loads(self._read(size))
        assert answer["type"] != "error", answer
        return answer

    def reset(self, seed: int | None = None) -> list[list[float]]:
        answer = self.ask({"type": "reset"} | ({} if seed is None else {"seed": seed}))
        return [row["obs"] for row in answer["obs"]]

    def step(self, push: float = 0.25) -> dict[str, Any]:
        """Act; the answer's `obs` and `final_obs` are lists of floats."""
        answer = self.ask({"type": "action", "action": [{"push": [push]}] * len(self.rows)})
        answer["obs"] = [row["obs"] for row in answer["obs"]]
        answer["final_obs"] = [row and row["obs"] for row in answer["final_obs"]]
        return answer

    def call(self, method: str, *args: object) -> list[Any]:
        returns: list[Any] = self.ask({"type": "call", "method": method, "args": args})["returns"]
        return returns

    def log(self, row: int = 0) -> list[dict[str, Any]]:
        """What happened in the arena of a row since the last call."""
        message = {"type": "call", "method": "take_log", "args": [], "agents": [row]}
        lines: list[dict[str, Any]] = self.ask(message)["returns"][0]
        return lines

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._connection.recv(size - len(data))
            if not piece:
                raise ConnectionError("the engine closed the connection")
            data += piece
        return data


@contextmanager
def duel(words: str, *flags: str, seed: int = 7) -> Iterator[Duel]:
    """Start an engine with `--duel=WORDS` and more flags, and drive it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMIT_S)
        port = server.getsockname()[1]
        process = start(f"--duel={words}", f"--port={port}", f"--env_seed={seed}", *flags)
        try:
            connection, _ = server.accept()
            connection.settimeout(LIMIT_S)
            with connection:
                game = Duel(connection)
                yield game
                game.send({"type": "close"})
            assert process.wait(LIMIT_S) == 0, output_of(process)
            output = output_of(process)
            assert "ERROR" not in output and "WARNING" not in output, output
        finally:
            process.kill()
            process.communicate()


def start(*flags: str) -> subprocess.Popen[str]:
    command = [
        find_engine().path,
        "--headless",
        "--fixed-fps",
        "60",
        "--path",
        REPOSITORY,
        SCENE,
        *flags,
    ]
    return subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output_of(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=LIMIT_S)[0]


def play(*flags: str) -> str:
    """Let the engine play alone to its end and return what it printed."""
    process = start(*flags)
    try:
        output = output_of(process)
    finally:
        process.kill()
    assert process.returncode == 0, output
    return output


def write_policy(path: Path, weights: Sequence[float], bias: float, *, spread: float = 0.0) -> Path:
    """Write a policy `weights . obs + bias`, drawn with a deviation where `spread` is above 0."""
    tensor = helper.make_tensor
    nodes = [
        helper.make_node("Constant", [], ["w"], value=tensor("w", 1, [6, 1], list(weights))),
        helper.make_node("Constant", [], ["b"], value=tensor("b", 1, [1], [bias])),
        helper.make_node("Gemm", ["obs", "w", "b"], ["output"]),
        helper.make_node("Identity", ["output"], ["mean"]),
        helper.make_node("Constant", [], ["s"], value=tensor("s", 1, [1], [spread])),
        helper.make_node("Mul", ["output", "s"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "scaled"], ["nothing"]),
        helper.make_node("Add", ["nothing", "s"], ["std"]),
    ]
    named = ["output", "mean", "std"] if spread > 0 else ["output"]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes if spread > 0 else nodes[:3],
        "duel",
        [value("obs", TensorProto.FLOAT, ["batch", 6])],
        [value(name, TensorProto.FLOAT, ["batch", 1]) for name in named],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
