"""Fixtures that several packages' tests share: a fake game, free ports, a watch on processes."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# So that tests can import their helpers as tests.python.<name>, as mypy sees them.
sys.path.insert(0, str(REPOSITORY))

from rl_training.commands.running import run_main  # noqa: E402
from tests.python.fake_engine import FakeConfig  # noqa: E402

_NIGHTLY = Path(__file__).with_name("nightly.txt")
# What `make test` knows of its user's shell is not for tests, which say themselves what is found.
os.environ.pop("SPACETIME_RL_SHELL_PATH", None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes too long for `make test`: tools/nightly_tests.py measured it."""
    long = frozenset(_NIGHTLY.read_text("utf-8").splitlines())
    for item in items:
        if item.nodeid in long:
            item.add_marker(pytest.mark.nightly)


@pytest.fixture
def fake_game(tmp_path: Path) -> Callable[..., str]:
    """Return a maker of executables that behave as an exported game: `fake_game(agents=3, ...)`."""
    if sys.platform == "win32":
        pytest.skip("the fake game is a shell script")

    def make(**behaviour: object) -> str:
        config = FakeConfig(**behaviour)  # type: ignore[arg-type]
        path = tmp_path / f"game_{len(list(tmp_path.iterdir()))}.x86_64"
        script = Path(__file__).with_name("fake_engine.py")
        quoted = config.argument().replace("'", "'\\''")
        path.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{script}' '{quoted}' \"$@\"\n")
        path.chmod(0o755)
        if not config.stock:
            path.with_suffix(".pck").write_bytes(b"GDPC res://addons/godot_rl/sync.gdc")
        return str(path)

    return make


@pytest.fixture
def socket_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected TCP sockets: Python's end and the engine's end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
    with client, accepted:
        yield accepted, client


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 with a few free ones after it, outside the range of real runs."""
    for port in range(21000 + os.getpid() % 400 * 20, 60000, 20):
        try:
            for offset in range(10):
                with socket.create_server(("127.0.0.1", port + offset)):
                    pass
        except OSError:
            continue
        return port
    raise AssertionError("no free ports")


_HELPERS = ("forkserver", "resource_tracker", "guardian_process")


@contextlib.contextmanager
def processes_left(patience_s: float = 0.0) -> Iterator[None]:
    """Fail when the block leaves a descendant process behind (Linux; elsewhere no check).

    Args:
        patience_s: for those that end by themselves when they notice.
    """
    before = set(_descendants())
    yield
    deadline = time.monotonic() + patience_s
    while (left := _new_since(before)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left, f"processes left behind: {left}"


@pytest.fixture
def no_process_left() -> Iterator[None]:
    """Fail when the test leaves a descendant process behind (Linux; elsewhere no check)."""
    with processes_left():
        yield


def _new_since(before: set[int]) -> dict[int, str]:
    left = {pid: name for pid, name in _descendants().items() if pid not in before}
    # These helpers stay for the life of the interpreter.
    return {
        pid: name for pid, name in left.items() if not any(helper in name for helper in _HELPERS)
    }


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository, which is also the Godot project."""
    return REPOSITORY


def _descendants() -> dict[int, str]:
    """Return command lines of this process's living descendants by pid."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if fields[0] == "Z":
                continue
            pid = int(folder.name)
            parents[pid] = int(fields[1])
            names[pid] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, IndexError):
            continue
    found: dict[int, str] = {}
    for pid, name in names.items():
        ancestor = parents.get(pid, 0)
        while ancestor > 1 and ancestor != os.getpid():
            ancestor = parents.get(ancestor, 0)
        if ancestor == os.getpid():
            found[pid] = name
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Return what runs a script's main in this process: flags to (exit code, stdout, stderr)."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run_script(script: str, *flags: str) -> tuple[int, str, str]:
        main = importlib.import_module(f"rl_training.{script.removesuffix('.py')}").main
        try:
            code = run_main(lambda: main(list(flags)))
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    yield run_script
    root.handlers[:] = handlers
    root.setLevel(level)
