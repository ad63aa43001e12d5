"""A web server's connections, bounded: so many at once, and none that says nothing.

Called by `server`. A stranger who opens a thousand sockets does not keep the others out: where
there are too many, those go first that have asked for nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 256
"""Connections that are held at once."""
SILENT_S = 10.0
"""Seconds after which a connection that has not asked for anything is closed."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 whose silent connections are closed."""

    _silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a connection, in the place of a silent one where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            silent = [each for each in self.connections if _is_silent(each) and each is not self]
            victim = silent[0] if silent else self
            victim.transport.abort()
        self._silent = self.loop.call_later(SILENT_S, self._close_if_silent)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._silent is not None:
            self._silent.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Hand the connection over to the socket's own protocol."""
        if self._silent is not None:
            self._silent.cancel()
        super().handle_websocket_upgrade(event)

    def _close_if_silent(self) -> None:
        if _is_silent(self) and not self.transport.is_closing():
            self.transport.abort()


def _is_silent(connection: Any) -> bool:
    return isinstance(connection, BoundedProtocol) and connection.cycle is None
