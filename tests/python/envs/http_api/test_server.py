"""HTTP as bytes: kept connections, pipelined, split, oversized and hostile requests."""

from __future__ import annotations

import contextlib
import json
import random
import socket

import psutil
import pytest

from rl_training.envs.http_api import EngineApi, LaunchedEngine
from rl_training.errors import HttpApiError
from tests.python.envs.http_api.conftest import TOKEN, Wire, request

pytestmark = pytest.mark.engine

WAITING_CLIENTS = 5
"""Connections that are made before the engine is waited for; fewer than it lets queue."""


def test_a_connection_is_kept(engine: LaunchedEngine) -> None:
    with Wire(engine) as wire:
        for _ in range(50):
            wire.send(request("GET", "/health"))
            status, headers, body = wire.receive()
            assert (status, headers["connection"]) == (200, "keep-alive")
            assert json.loads(body)["status"] == "ok"
        wire.send(request("GET", "/health", Connection="close"))
        assert wire.receive()[1]["connection"] == "close"
        assert wire.ended()


def test_http_1_0_ends_the_connection_unless_told_otherwise(engine: LaunchedEngine) -> None:
    with Wire(engine) as wire:
        wire.send(f"GET /health HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n")
        assert wire.receive()[0] == 200
        assert wire.ended()


def test_pipelined_requests_are_answered_in_their_order(engine: LaunchedEngine) -> None:
    paths = ["/health", "/nowhere", "/scene", "/openapi.json", "/parameters"] * 20
    with Wire(engine) as wire:
        wire.send("".join(request("GET", path) for path in paths))
        told = [wire.receive() for _ in paths]
    assert [status for status, _, _ in told] == [200, 404, 200, 200, 200] * 20
    assert all("scene_path" in json.loads(body) for _, _, body in told[2::5])


def test_an_action_in_a_pipeline_is_waited_for(engine: LaunchedEngine) -> None:
    with Wire(engine) as wire:
        wire.send(request("POST", "/rl/reset", '{"seed": 3}'))
        wire.send(request("POST", "/rl/action", "{}") * 2 + request("GET", "/rl/state"))
        assert [wire.receive()[0] for _ in range(3)] == [200] * 3
        assert json.loads(wire.receive()[2])["agents"][0]["decisions"] == 2


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_request_may_come_in_pieces(engine: LaunchedEngine, size: int) -> None:
    text = request("POST", "/parameters", '{"values": {"wind": 1.5}}')
    with Wire(engine) as wire:
        for at in range(0, len(text), size):
            wire.send(text[at : at + size])
        assert wire.receive()[0] == 200


def test_a_body_may_come_in_chunks(engine: LaunchedEngine) -> None:
    head = request("POST", "/parameters", Transfer_Encoding="chunked")
    with Wire(engine) as wire:
        wire.send(head + '8\r\n{"values\r\n')
        wire.send('B;more=x\r\n": {"a": 2}\r\n')
        wire.send("1\r\n}\r\n0\r\nTrailer: x\r\n\r\n")
        assert wire.receive()[0] == 200
        wire.send(request("GET", "/health"))
        assert wire.receive()[0] == 200


def test_a_body_is_asked_for_where_the_client_waits(engine: LaunchedEngine) -> None:
    text = request("POST", "/parameters", '{"values": {}}', Expect="100-continue")
    head, body = text.split("\r\n\r\n")
    with Wire(engine) as wire:
        wire.send(head + "\r\n\r\n")
        assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert wire.file.readline() == b"\r\n"
        wire.send(body)
        assert wire.receive()[0] == 200


def test_head_tells_no_body(engine: LaunchedEngine) -> None:
    with Wire(engine) as wire:
        wire.send(request("HEAD", "/health") + request("GET", "/health"))
        status = wire.file.readline()
        assert b"200" in status
        while wire.file.readline().strip():
            pass
        assert wire.receive()[0] == 200


REFUSED = {
    "no method": ("GARBAGE\r\n\r\n", 400),
    "another protocol": ("GET / FTP/1.0\r\n\r\n", 400),
    "http/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "no host": ("GET /health HTTP/1.1\r\n\r\n", 400),
    "two lengths": (request("POST", "/step", Content_Length="1, 2"), 400),
    "negative length": (request("POST", "/step", Content_Length="-1"), 400),
    "no length": (request("POST", "/step", Content_Length="many"), 400),
    "huge length": (request("POST", "/step", Content_Length="9" * 30), 413),
    "long body": (request("POST", "/step", Content_Length=str(1 << 21)), 413),
    "long chunk": (request("POST", "/step", Transfer_Encoding="chunked") + "ffffff\r\n", 413),
    "bad chunk": (request("POST", "/step", Transfer_Encoding="chunked") + "zz\r\n", 400),
    "length and chunks": (
        request("POST", "/step", Transfer_Encoding="chunked", Content_Length="3"),
        400,
    ),
    "another coding": (request("POST", "/step", Transfer_Encoding="gzip"), 501),
    "long target": (request("GET", "/" + "a" * 3000), 414),
    "long head": ("GET / HTTP/1.1\r\nHost: x\r\nA: " + "a" * 20000 + "\r\n\r\n", 431),
    "endless head": ("GET / HTTP/1.1\r\nA: " + "a" * 40000, 431),
    "many headers": (
        "GET / HTTP/1.1\r\nHost: x\r\n" + "".join(f"A{i}: b\r\n" for i in range(100)) + "\r\n",
        431,
    ),
    "folded header": ("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
    "nameless header": ("GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400),
    "bare line feed": ("GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
    "zero byte": ("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "two tokens": (
        "GET /health HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
        400,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused_and_ends_the_connection(
    engine: LaunchedEngine, name: str
) -> None:
    text, expected = REFUSED[name]
    with Wire(engine) as wire:
        wire.send(text)
        status, headers, body = wire.receive()
        assert (status, headers["connection"]) == (expected, "close")
        assert json.loads(body)["error"]["message"]
        assert wire.ended()
    engine.api.health()


BAD_TOKENS = ("Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "")


@pytest.mark.parametrize("header", BAD_TOKENS)
def test_nobody_is_let_in_without_the_token(engine: LaunchedEngine, header: str) -> None:
    paths = ("/health", "/openapi.json", "/nowhere")
    for path in paths:
        with Wire(engine) as wire:
            wire.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n\r\n")
            status, headers, body = wire.receive()
            assert status == 401
            assert headers["www-authenticate"].startswith("Bearer")
            assert TOKEN.encode() not in body


def test_the_client_tells_a_wrong_token(engine: LaunchedEngine) -> None:
    with EngineApi(engine.api.url, "wrong") as api, pytest.raises(HttpApiError) as caught:
        api.wait_healthy()
    assert (caught.value.status, caught.value.code) == (401, "unauthorized")


@pytest.mark.timeout(120)
def test_a_thousand_hostile_requests_change_nothing(engine: LaunchedEngine) -> None:
    """Mutated, cut off, endless and abandoned ones: the engine lives, answers and stays small."""
    random.seed(20)
    engine.api.reset(seed=5)
    process = psutil.Process(engine.process.pid)
    before = process.memory_info().rss
    valid = [
        request("POST", "/rl/action", '{"action": [0.5]}'),
        request("POST", "/parameters", '{"values": {"a": 1}}'),
        request("GET", "/scene?depth=3"),
        request("POST", "/step", '{"decisions": 2}'),
    ]
    abandoned = []
    for number in range(1000):
        text = bytearray(random.choice(valid).encode())
        for _ in range(random.randint(1, 12)):
            text[random.randrange(len(text))] = random.randrange(256)
        if number % 3 == 0:
            text = text[: random.randrange(len(text))]
        if number % 10 == 0:
            text += bytes(random.randrange(256) for _ in range(2000))
        if number % 100 == 0:
            text = bytearray(b"POST /step HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n")
            text += b"x" * 1_000_000
        with contextlib.suppress(OSError):
            wire = Wire(engine)
            wire.send(bytes(text))
            if number % 5 == 0:
                abandoned.append(wire)  # says no more, and stays
            else:
                wire.__exit__()
        # Godot lets eight connections queue; who comes ninth tries again after a second.
        if number % WAITING_CLIENTS == 0:
            assert engine.api.health()["status"] == "ok"
    for wire in abandoned:
        wire.__exit__()
    assert engine.api.health()["status"] == "ok"
    assert engine.api.step()["decisions"] == 1
    grown = process.memory_info().rss - before
    assert grown < 64 << 20, f"{grown >> 20} MiB more"


def test_a_client_that_reads_nothing_costs_little(engine: LaunchedEngine) -> None:
    process = psutil.Process(engine.process.pid)
    before = process.memory_info().rss
    with Wire(engine) as wire:
        wire.socket.settimeout(2.0)
        with contextlib.suppress(socket.timeout):
            for _ in range(20_000):
                wire.send(request("GET", "/openapi.json"))
        assert engine.api.health()["status"] == "ok"
        assert process.memory_info().rss - before < 64 << 20


def test_more_clients_than_there_is_room_for(engine: LaunchedEngine) -> None:
    """The most silent one makes room; whoever speaks is answered."""
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            wire = stack.enter_context(Wire(engine))
            wire.send(request("GET", "/health"))
            assert wire.receive()[0] == 200
        assert engine.api.status()["clients"] <= 32
