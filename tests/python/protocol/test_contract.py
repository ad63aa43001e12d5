"""Both ends of the wire against the golden transcripts in tests/contract."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from godot_rl.core.godot_env import GodotEnv
from numpy.typing import NDArray

from rl_training.engine import ensure_imported, find_engine
from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.errors import ProtocolError, UsageError
from rl_training.protocol import (
    AgentLayout,
    EngineConnection,
    EnvInfo,
    MessageSocket,
    bind_listeners,
)
from rl_training.protocol.action_field import ActionField
from rl_training.protocol.binary_codec import BinaryCodec
from rl_training.protocol.json_codec import encode_message
from rl_training.protocol.messages import parse_env_info
from rl_training.protocol.orders import CONTROL, LEVELS, LOAD_POLICY, PARAMETERS, Order
from rl_training.protocol.version import TRANSPORTS
from tests.python.protocol import transcripts
from tests.python.protocol.transcripts import Line, Transcript

HARNESS_FILES = [
    "harness_to_addon",
    "harness_to_stock_plugin",
    "harness_to_old_stock_plugin",
]
BINARY_FILE = "harness_to_addon_binary"
BINARY_OFFER = ("binary1", "json")
BINARY_TWIN = "harness_to_addon"  # the same conversation as JSON
# A conversation as JSON -> the same over binary2.
GROUP_TWINS = {
    "groups": "groups_binary2",
    "orders": "orders_binary2",
    "levels": "levels_binary2",
}
SEATS_FILE = "seats_binary2"
GROUP_FILES = [*GROUP_TWINS, *GROUP_TWINS.values(), SEATS_FILE]
RECORDED_FILES = ["harness_to_addon", "stock_python_to_addon", BINARY_FILE, *GROUP_FILES]
# Whose lines of Python are made anew when recording: the twin, what is offered, the codec version.
REENCODED = {
    BINARY_FILE: (BINARY_TWIN, BINARY_OFFER, 1),
    "levels_binary2": ("levels", TRANSPORTS, 2),
}
RECORDING = bool(os.environ.get("RECORD_TRANSCRIPTS"))
REFUSED_BY_PYTHON = transcripts.read("refused_by_python").lines
REFUSED_BY_ADDON = transcripts.read("refused_by_addon").lines


class ScriptedEngine(threading.Thread):
    """Plays the engine's lines and keeps what Python sent in between."""

    def __init__(self, sock: socket.socket, transcript: Transcript) -> None:
        super().__init__(daemon=True)
        self.received: list[bytes] = []
        self._sock = sock
        self._lines = transcript.lines

    def run(self) -> None:
        for line in self._lines:
            if line.sender == "engine":
                transcripts.send_frame(self._sock, line.payload)
                continue
            payload = transcripts.receive_frame(self._sock)
            if payload is None:
                return
            self.received.append(payload)


def flat_actions(layout: AgentLayout, message: dict[str, Any]) -> NDArray[np.float32]:
    """Return the (agents, columns) array that a layout's part of an `action` message came from."""
    rows = [
        [
            value
            for field in layout.actions.fields
            for value in flat_action(field, message["action"][agent][field.key])
        ]
        for agent in layout.agents
    ]
    return np.array(rows, dtype=np.float32)


def flat_action(field: ActionField, value: Any) -> list[float]:
    """Return the columns of one action; of several choices beside others, one has the score 1."""
    if field.kind == "continuous":
        return list(value)
    if field.size == 2:
        return [float(value)]
    return [float(choice == value) for choice in range(field.size)]


def layout_actions(info: EnvInfo, message: dict[str, Any]) -> list[NDArray[np.float32]]:
    """Return the arrays that an `action` message came from, layout by layout."""
    return [flat_actions(layout, message) for layout in info.layouts]


def order_of(message: dict[str, Any]) -> Order:
    """Return the order that a message came from."""
    keys = {k: v for k, v in message.items() if k not in ("type", "arenas", "onnx")}
    onnx = base64.b64decode(message["onnx"]) if "onnx" in message else None
    return Order(message["type"], keys, message.get("arenas"), onnx)


@pytest.mark.parametrize("name", [*HARNESS_FILES, *GROUP_TWINS])
def test_our_python_sends_and_takes_the_golden_lines(
    name: str, socket_pair: tuple[socket.socket, socket.socket]
) -> None:
    transcript = transcripts.read(name)
    engine = ScriptedEngine(socket_pair[1], transcript)
    engine.start()
    play(EngineConnection(MessageSocket(socket_pair[0], 5.0), ("json",)), transcript)
    engine.join(5.0)
    assert [json.loads(sent) for sent in engine.received] == [
        line.message for line in transcript.of("python")
    ]


@pytest.mark.parametrize(
    ("name", "twin", "offer"),
    [(BINARY_FILE, BINARY_TWIN, BINARY_OFFER)]
    + [(binary, twin, TRANSPORTS) for twin, binary in GROUP_TWINS.items()],
)
def test_our_python_sends_and_takes_the_golden_bytes(
    name: str, twin: str, offer: tuple[str, ...], socket_pair: tuple[socket.socket, socket.socket]
) -> None:
    transcript = transcripts.read(name)
    engine = ScriptedEngine(socket_pair[1], transcript)
    engine.start()
    connection = EngineConnection(MessageSocket(socket_pair[0], 5.0), offer)
    play(connection, transcripts.read(twin))
    engine.join(5.0)
    golden = list(transcript.of("python"))
    assert [json.loads(sent) for sent in engine.received[:2]] == [
        line.message for line in golden[:2]
    ]
    assert engine.received[2:] == [line.payload for line in golden[2:]]


def test_our_python_takes_the_golden_seats() -> None:
    """Seats that are left and taken: every row is told, flags and counts agree."""
    lines = transcripts.read(SEATS_FILE).lines
    described = next(line for line in lines if line.sender == "engine").message
    info = parse_env_info(described)
    codec = BinaryCodec(info, 2)
    seen: set[int] = set()
    for line in lines:
        if line.sender != "engine" or line.type not in ("reset", "step"):
            continue
        payload = memoryview(line.payload)
        count = int.from_bytes(payload[4:8], "little")
        if line.type == "reset":
            reset = codec.decode_reset(payload)
            empty = 0 if reset.absent is None else int(reset.absent.sum())
            assert empty == count
            continue
        step = codec.decode_step(payload)
        status = payload[8 + 4 * info.n_agents :][: info.n_agents].tolist()
        seen.update(status)
        absent = [False] * info.n_agents if step.absent is None else step.absent.tolist()
        joined = [False] * info.n_agents if step.joined is None else step.joined.tolist()
        assert absent == [flag & 4 > 0 for flag in status]
        assert joined == [flag & 8 > 0 for flag in status]
        assert len(step.final_agents) == count
        assert [len(obs["obs"]) for obs in step.layouts] == [len(x.agents) for x in info.layouts]
    assert {4, 8} <= {flag & bit for flag in seen for bit in (4, 8)}


def play(connection: EngineConnection, transcript: Transcript) -> None:
    """Hold Python's side of a conversation and check what the engine's answers become."""
    answers = transcript.of("engine")
    connection.send_opening()
    info = connection.receive_env_info()
    assert info.n_agents == next(answers).message["n_agents"]
    for line in list(transcript.of("python"))[2:]:
        sent = line.message
        if sent["type"] == "reset":
            connection.send_reset(sent.get("seed"))
            answer = next(answers).message
            check_observations(info, connection.receive_reset().layouts, answer["obs"])
        elif sent["type"] == "action":
            connection.send_action(*layout_actions(info, sent))
            check_step(connection, next(answers).message)
        elif sent["type"] in (PARAMETERS, LEVELS, CONTROL, LOAD_POLICY):
            answer = next(answers).message
            connection.send_order(order_of(sent))
            if "error" in answer:
                with pytest.raises(UsageError, match=re.escape(answer["error"])):
                    connection.receive_order(sent["type"])
            else:
                assert {"type": sent["type"], **connection.receive_order(sent["type"])} == answer
        elif sent["type"] == "call":
            answer = next(answers).message
            call = (sent["method"], sent.get("args", []), sent.get("agents"))
            if "error" in answer:
                with pytest.raises(UsageError, match=re.escape(answer["error"])):
                    connection.call(*call)
            else:
                assert connection.call(*call) == answer["returns"]
        else:
            assert sent["type"] == "close"
            connection.send_close()


def check_observations(
    info: EnvInfo, layouts: tuple[dict[str, NDArray[Any]], ...], sent: list[dict[str, Any] | None]
) -> None:
    """Compare what came with what was sent; agents for whom nothing was sent have no row."""
    for layout, obs in zip(info.layouts, layouts, strict=True):
        told = [sent[agent] for agent in layout.agents]
        rows = [agent["obs"] for agent in told if agent is not None]
        width = layout.observations.fields[0].size
        expected = np.array(rows, dtype=np.float32).reshape(len(rows), width)
        np.testing.assert_array_equal(obs["obs"], expected)


def check_step(connection: EngineConnection, answer: dict[str, Any]) -> None:
    step = connection.receive_step()
    check_observations(connection.info, step.layouts, answer["obs"])
    assert step.rewards.tolist() == answer["reward"]
    assert (step.terminated | step.truncated).tolist() == answer["done"]
    assert step.terminated.tolist() == answer.get("terminated", answer["done"])
    ended = [i for i, final in enumerate(answer.get("final_obs", [])) if final is not None]
    assert list(step.final_agents) == ended
    if ended:
        check_observations(connection.info, step.finals, answer["final_obs"])
        assert [step.infos[i] for i in ended] == [answer["info"][i] for i in ended]


def test_stock_python_sends_and_takes_the_golden_lines(
    socket_pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    transcript = transcripts.read("stock_python_to_addon")
    engine = ScriptedEngine(socket_pair[1], transcript)
    engine.start()
    monkeypatch.setattr(GodotEnv, "_start_server", lambda self: socket_pair[0])
    monkeypatch.setattr("godot_rl.core.godot_env.time.sleep", lambda seconds: None)
    env = GodotEnv(convert_action_space=True)
    answers = transcript.of("engine")
    next(answers)
    for line in list(transcript.of("python"))[2:]:
        sent = line.message
        if sent["type"] == "reset":
            assert env.reset()[0] == next(answers).message["obs"]
        elif sent["type"] == "action":
            actions = np.array([agent["push"] for agent in sent["action"]])
            obs, reward, done, _, info = env.step(actions, order_ij=False)
            answer = next(answers).message
            assert [obs, reward, done, info] == [
                answer[key] for key in ("obs", "reward", "done", "info")
            ]
        elif sent["type"] == "call":
            assert env.call(sent["method"]) == next(answers).message["returns"]
        else:
            env.close()
    engine.join(5.0)
    assert [json.loads(sent) for sent in engine.received] == [
        line.message for line in transcript.of("python")
    ]


@pytest.mark.parametrize("line", REFUSED_BY_PYTHON, ids=lambda line: line.error[:40])
def test_python_refuses(line: Line, socket_pair: tuple[socket.socket, socket.socket]) -> None:
    opening = transcripts.read("harness_to_addon")
    env_info = next(opening.of("engine"))
    connection = EngineConnection(MessageSocket(socket_pair[0], 5.0), ("json",))
    transcripts.send_frame(socket_pair[1], env_info.payload)
    transcripts.send_frame(socket_pair[1], line.payload)
    connection.receive_env_info()
    with pytest.raises(ProtocolError) as caught:
        connection.receive_step()
    assert line.error in str(caught.value)


@pytest.fixture
def engine_socket(request: pytest.FixtureRequest, repository: Path) -> Iterator[Any]:
    """Return `start(launch) -> (socket, process)` of a real engine; ends it."""
    processes: list[EngineProcess] = []
    sockets: list[socket.socket] = []

    def start(launch: dict[str, Any]) -> tuple[socket.socket, EngineProcess]:
        engine = find_engine()
        ensure_imported(engine, repository)
        (listener,) = bind_listeners(0, 1)
        command = EngineCommand(
            engine.path,
            project_path=repository,
            scene_path=launch["scene"],
            fixed_fps=90,
            options=(("port", str(listener.port)), *launch["options"].items()),
        )
        processes.append(EngineProcess(command))
        listener.socket.settimeout(30.0)
        connection, _ = listener.socket.accept()
        listener.close()
        connection.settimeout(30.0)
        sockets.append(connection)
        return connection, processes[-1]

    yield start
    for sock in sockets:
        sock.close()
    for process in processes:
        process.stop()


@pytest.mark.engine
@pytest.mark.parametrize("name", RECORDED_FILES)
def test_the_addon_answers_the_golden_lines(name: str, engine_socket: Any) -> None:
    launch, sent = to_send(name)
    sock, process = engine_socket(launch)
    recorded: list[Line] = []
    for line in sent:
        transcripts.send_frame(sock, line.payload)
        recorded.append(line)
        if line.type not in ("handshake", "close"):
            payload = transcripts.receive_frame(sock)
            assert payload is not None, process.describe_end()
            recorded.append(Line("engine", payload))
    assert process.wait(10.0) == 0, process.describe_end()
    if RECORDING:
        transcripts.write(name, launch, recorded)
    golden = transcripts.read(name).lines
    assert [line.content for line in recorded] == [line.content for line in golden]


def to_send(name: str) -> tuple[dict[str, Any], list[Line]]:
    """Return the launch line and Python's lines; when recording, binary ones are made anew."""
    if not RECORDING or name not in REENCODED:
        transcript = transcripts.read(name)
        return transcript.launch, list(transcript.of("python"))
    of_twin, offer, version = REENCODED[name]
    twin = transcripts.read(of_twin)
    info = parse_env_info(next(twin.of("engine")).message)
    codec = BinaryCodec(info, version)
    handshake, env_info, *rest = twin.of("python")
    opening = {**handshake.message, "transports": list(offer)}
    lines = [Line("python", encode_message(opening)), env_info]
    for line in rest:
        if line.type == "action":
            payload = codec.encode_action(*layout_actions(info, line.message))
        else:
            payload = codec.encode_control(line.message)
        lines.append(Line("python", payload))
    return twin.launch, lines


@pytest.mark.engine
@pytest.mark.parametrize("line", REFUSED_BY_ADDON, ids=lambda line: line.error[:40])
def test_the_addon_refuses(line: Line, engine_socket: Any) -> None:
    transcript = transcripts.read("harness_to_addon")
    sock, process = engine_socket(transcript.launch)
    for opening in list(transcript.of("python"))[:2]:
        transcripts.send_frame(sock, opening.payload)
    assert transcripts.receive_frame(sock) is not None
    transcripts.send_frame(sock, line.payload)
    answer = transcripts.receive_frame(sock)
    assert answer is not None, process.describe_end()
    message = json.loads(answer)
    assert message["type"] == "error"
    assert line.error in message["message"]
    assert process.wait(10.0) == 1, process.describe_end()
