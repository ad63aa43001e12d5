"""One engine with its HTTP API on, that tests of a file share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rl_training.envs.http_api import LaunchedEngine, launch_engine
from rl_training.envs.settings import EnvSettings

TOKEN = "a token of the tests"
COUNTER = "res://tests/godot/fixtures/counter_arena.tscn"


@pytest.fixture(scope="module")
def engine(repository: Path) -> Iterator[LaunchedEngine]:
    """An engine whose world stands still until a client moves it."""
    settings = EnvSettings(project_path=str(repository), scene_path=COUNTER, arenas=1)
    with launch_engine(settings, token=TOKEN) as launched:
        yield launched
        assert launched.process.poll() is None, launched.process.describe_end()


class Wire:
    """A bare connection to the API: what is sent is sent as it is."""

    def __init__(self, engine: LaunchedEngine) -> None:
        parts = urlsplit(engine.api.url)
        assert parts.port is not None
        self.socket = socket.create_connection(("127.0.0.1", parts.port), 20.0)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def receive(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer: status, headers by lower-case name, body."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = self.file.read(int(headers.get("content-length", 0)))
        return status, headers, body

    def ended(self) -> bool:
        """Whether the engine ends the connection."""
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True


def request(method: str, path: str, body: str = "", **headers: str) -> str:
    """Return a request's text, with the token and a length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {TOKEN}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join(lines) + "\r\n\r\n" + body
