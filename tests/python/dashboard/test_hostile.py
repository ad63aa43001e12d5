"""Requests that nobody should send: made up by schemathesis, by the thousand, slow and too long."""

from __future__ import annotations

import json
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rl_training.dashboard.connections import MOST, SILENT_S
from rl_training.dashboard.stream import MOST_SOCKETS
from tests.python.dashboard.conftest import (
    PATIENCE_S,
    TOKEN,
    Dashboard,
    make_run,
    start_dashboard,
)

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, Phase, settings  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

DOCUMENT = Path(__file__).parents[3] / "rl_training/dashboard/openapi.json"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One server for all of the file's requests."""
    root = tmp_path_factory.mktemp("root")
    make_run(root, "walk")
    made = start_dashboard(root)
    yield made
    assert made.ask("GET", "/health").status_code == 200
    assert made.end() == 0


schema = schemathesis.openapi.from_path(DOCUMENT)


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(
    max_examples=20, deadline=None, derandomize=True, database=None,
    phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_the_server_keeps_to_its_document(shared: Dashboard, case: Any) -> None:
    # Whether a run, a scenario or a preset exists is up to the root; no document can tell.
    response = case.call_and_validate(
        base_url=shared.url,
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=PATIENCE_S,
        excluded_checks=[positive_data_acceptance],
    )
    assert response.status_code < 500
    assert TOKEN not in response.text


def _address(shared: Dashboard) -> tuple[str, int]:
    host, port = shared.url.removeprefix("http://").split(":")
    return host, int(port)


@pytest.mark.nightly
def test_a_thousand_sockets_keep_nobody_out(shared: Dashboard) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4096:
        pytest.skip("this system lets a process open too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, hard))
    opened = []
    try:
        for _ in range(1000):
            opened.append(socket.create_connection(_address(shared), PATIENCE_S))
            if len(opened) % 250 == 0:
                assert shared.ask("GET", "/runs").status_code == 200
        assert _held(shared) <= MOST + 8
        # Those that say nothing are closed, all of them, in a while.
        deadline = time.monotonic() + SILENT_S + PATIENCE_S
        while _held(shared) > 8:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        for each in opened:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _held(shared: Dashboard) -> int:
    """Return how many connections the server's process holds."""
    port = f"{_address(shared)[1]:04X}"
    inodes = {
        Path(link).readlink().name
        for link in Path(f"/proc/{shared.process.pid}/fd").iterdir()
        if link.is_symlink() and "socket" in str(link.readlink())
    }
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(
        1
        for line in lines
        if line.split()[1].endswith(f":{port}")
        and line.split()[3] == "01"
        and f"socket:[{line.split()[9]}]" in inodes
    )


def test_a_thousand_pages_are_not_served_at_once(shared: Dashboard) -> None:
    from websockets.sync.client import connect

    address = shared.url.replace("http", "ws") + "/stream"
    pages, refused = [], 0
    for _ in range(MOST_SOCKETS + 10):
        try:
            page = connect(address, open_timeout=PATIENCE_S).__enter__()
            page.send(json.dumps({"type": "auth", "token": TOKEN}))
            page.recv(timeout=PATIENCE_S)
            pages.append(page)
        except Exception:
            refused += 1
    assert (len(pages), refused) == (MOST_SOCKETS, 10)
    for page in pages:
        page.close()
    assert shared.ask("GET", "/runs").status_code == 200


def _send(shared: Dashboard, data: bytes) -> bytes:
    with socket.create_connection(_address(shared), PATIENCE_S) as wire:
        wire.sendall(data)
        answer = b""
        try:
            while part := wire.recv(65536):
                answer += part
        except ConnectionError:
            pass
        return answer


_HEAD = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"\x00\xff\x00\xff\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 70_000 + b"\r\n\r\n", b"400"),
        (f"POST /control/stop HTTP/1.1\r\n{_HEAD}Content-Length: -1\r\n\r\n".encode(), b"400"),
        (
            f"POST /control/stop HTTP/1.1\r\n{_HEAD}Content-Length: 200000\r\n\r\n".encode()
            + b" " * 200_000,
            b"422",
        ),
        (f"POST /control/stop HTTP/1.1\r\n{_HEAD}Content-Length: 10\r\n\r\n{{".encode(), b"422"),
        (
            f"POST /control/stop HTTP/1.1\r\n{_HEAD}Content-Length: 4001\r\n\r\n".encode()
            + b"[" * 4001,
            b"422",
        ),
        (f"BREW /runs HTTP/1.1\r\n{_HEAD}\r\n".encode(), b"405"),
    ],
    ids=["noise", "long head", "wrong length", "long body", "slow body", "deep JSON", "method"],
)
def test_what_is_wrong_is_answered(shared: Dashboard, text: bytes, status: bytes) -> None:
    assert _send(shared, text).split()[1] == status
