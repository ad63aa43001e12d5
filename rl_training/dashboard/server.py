"""The server: one port of 127.0.0.1 for REST, the WebSocket and the page.

Called by `commands.dashboard`. It holds a file under `logs/.dashboard/` while it lives, by which
`train --dashboard` finds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from rl_training.dashboard.connections import BoundedProtocol
from rl_training.dashboard.guard import Guard
from rl_training.dashboard.hub import Hub
from rl_training.dashboard.page_files import PageFiles
from rl_training.dashboard.rest import Rest
from rl_training.dashboard.stream import Stream
from rl_training.errors import ConfigError, StorageError, UsageError
from rl_training.limits import SHORTEST_TOKEN
from rl_training.runs.atomic import write_text
from rl_training.runs.processes import is_running

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 5000
TOKEN_VARIABLE = "SPACETIME_RL_DASHBOARD_TOKEN"
"""Where a token is looked for: on a command line every user of the machine can read it."""
LONELY_S = 60.0
"""Seconds without a page after which a server that stands beside a run ends behind it."""
OPENAPI = Path(__file__).parent / "openapi.json"
_TOKEN_BYTES = 24
_MOST_MESSAGE_BYTES = 256 << 10


def make_app(hub: Hub, token: str) -> ASGIApp:
    """Return the application.

    Args:
        hub: of the root.
        token: that clients must show, at least 16 characters.

    Raises:
        ConfigError: the token is too short.
    """
    if len(token) < SHORTEST_TOKEN:
        raise ConfigError(f"--token needs at least {SHORTEST_TOKEN} characters")

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with hub.reading_ahead():
            yield
        hub.store.close()

    page = PageFiles()
    routes = [
        Route("/", page.index),
        Route("/page/{path:path}", page.file),
        Route("/openapi.json", _openapi),
        WebSocketRoute("/stream", Stream(hub, token).serve),
        *Rest(hub).routes(),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), token)


def serve(
    root: Path,
    port: int,
    token: str,
    ready: Callable[[str], None],
    beside: int | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        root: folder of `models/` and `logs/`.
        port: of 127.0.0.1; 0 for any.
        token: that clients must show.
        ready: is called with the address as soon as connections are taken.
        beside: process after whose end the server ends too, once no page has been open for
            `LONELY_S`.

    Raises:
        ConfigError: the token is too short.
        UsageError: the port is taken.
    """
    hub = Hub(root, (token,))
    app = make_app(hub, token)
    with _listen(port) as listener:
        address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="websockets-sansio",
            ws_max_size=_MOST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=32 << 10,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
        )
        with _noted(root, address), contextlib.suppress(KeyboardInterrupt):
            _Server(config, hub, beside, lambda: ready(address)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that tells when it serves, and ends some time after a process it stands beside.

    It tells after its own handlers stand: who reads the address may end it at once.
    """

    def __init__(
        self, config: uvicorn.Config, hub: Hub, beside: int | None, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._hub = hub
        self._beside = beside
        self._ready = ready
        self._lonely_since: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, then tell the address."""
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Say whether to end; called ten times a second."""
        if self._beside is not None and counter % 20 == 0:
            if self._hub.sockets or psutil.pid_exists(self._beside):
                self._lonely_since = None
            elif self._lonely_since is None:
                self._lonely_since = time.monotonic()
            elif time.monotonic() - self._lonely_since > LONELY_S:
                return True
        return await super().on_tick(counter)


def token_of(root: Path, given: str | None) -> str:
    """Return the token: the one given, the variable's, or one that is made once for the root.

    That one lies in `logs/.dashboard/token`, which only its owner reads, so that a page that is
    open goes on when the server is started again.

    Raises:
        StorageError: the file cannot be written.
    """
    chosen = given or os.environ.get(TOKEN_VARIABLE, "")
    if chosen:
        return chosen
    path = root / "logs" / ".dashboard" / "token"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(made, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(_TOKEN_BYTES))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def living_server(root: Path) -> str | None:
    """Return the address of a dashboard that serves a root now; None: there is none."""
    try:
        found = json.loads(_note(root).read_text(encoding="utf-8"))
        if is_running(int(found["pid"]), float(found["process_started"])):
            return str(found["address"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def is_free(port: int) -> bool:
    """Return whether a port of 127.0.0.1 can be listened to."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _noted(root: Path, address: str) -> Iterator[None]:
    process = psutil.Process()
    about = {"pid": process.pid, "process_started": process.create_time(), "address": address}
    write_text(_note(root), json.dumps(about) + "\n")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if json.loads(_note(root).read_text(encoding="utf-8")).get("pid") == process.pid:
                _note(root).unlink()


def _note(root: Path) -> Path:
    return root / "logs" / ".dashboard" / "server.json"


@contextlib.contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((LOOPBACK, port), backlog=512)
    except OSError as error:
        raise UsageError(
            f"port {port} of {LOOPBACK} cannot be used: {error.strerror}; choose another --port"
        ) from error
    with listener:
        yield listener


async def _openapi(_request: Request) -> Response:
    return FileResponse(OPENAPI, media_type="application/json")
