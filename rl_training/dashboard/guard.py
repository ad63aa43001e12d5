"""Who may ask: requests for this machine's own name, of our own page, with the token.

Called by the server around everything else. A page of another site cannot reach the dashboard: its
requests carry their own Origin, and a name that was bent to 127.0.0.1 is not ours. The token is
never in a cookie, since cookies of a host go to all its ports.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_PATHS = frozenset({"/", "/health", "/openapi.json"})
"""What needs no token: it tells nothing of any run."""
_OPEN_FOLDER = "/page/"
_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob: data:; media-src blob:; connect-src 'self' ws://127.0.0.1:* "
        "ws://localhost:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Refuses what may not be asked; an ASGI application around another.

    Args:
        app: what is guarded.
        token: that clients must show.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer that it is refused."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_our_host(headers):
            await _refuse(scope, receive, send, 421, "the Host header names another machine")
        elif not is_our_origin(headers):
            await _refuse(scope, receive, send, 403, "another site's page may not ask")
        elif scope["type"] == "http" and not self._may_ask(scope["path"], headers):
            await _refuse(scope, receive, send, 401, "send Authorization: Bearer TOKEN")
        else:
            await self._app(scope, receive, _with_headers(send))

    def _may_ask(self, path: str, headers: Mapping[str, str]) -> bool:
        if path in OPEN_PATHS or path.startswith(_OPEN_FOLDER):
            return True
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and same_token(token.strip(), self._token)


def same_token(given: str, token: str) -> bool:
    """Compare two tokens in a time that does not tell how much of them is equal."""
    return hmac.compare_digest(given.encode(), token.encode())


def is_our_host(headers: Mapping[str, str]) -> bool:
    """Return whether the request is for this machine by its loopback name, at any port."""
    return _name(headers.get("host", "")) in _HOSTS


def is_our_origin(headers: Mapping[str, str]) -> bool:
    """Return whether the request is of our own page, or of no page at all."""
    origin = headers.get("origin")
    return origin is None or origin.lower() == f"http://{headers.get('host', '').lower()}"


def _name(host: str) -> str:
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *((n.encode(), v.encode()) for n, v in _HEADERS.items() if n.encode() not in names),
            ]
        await send(message)

    return sending


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4400 + status % 100, "reason": why})
        return
    answer = JSONResponse({"error": why}, status, headers)
    await answer(scope, receive, _with_headers(send))
