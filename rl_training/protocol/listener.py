"""Listening sockets on loopback, bound before any engine is launched.

Called by `envs`. A port is never guessed to be free: it is bound, and the bound socket is kept.
"""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Callable

from rl_training.errors import EngineTimeoutError, PortInUseError, UsageError
from rl_training.protocol.message_socket import MessageSocket

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_PORTS_TRIED = 2000
_POLL_S = 0.02


class Listener:
    """One bound, listening socket that accepts exactly one engine.

    Args:
        sock: a listening socket; owned, and closed, by this object.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.port: int = sock.getsockname()[1]

    def accept(self, timeout_s: float, check_alive: Callable[[], None]) -> MessageSocket:
        """Wait for the engine to connect, then stop listening.

        Args:
            timeout_s: seconds to wait, > 0; also the time-out of the connection.
            check_alive: called some 50 times a second while waiting; raises to give up.

        Raises:
            EngineTimeoutError: nobody connected within `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self.socket.settimeout(_POLL_S)
            try:
                connection, _address = self.socket.accept()
            except socket.timeout:  # noqa: UP041
                check_alive()
                if time.monotonic() > deadline:
                    raise EngineTimeoutError(
                        f"no engine connected to port {self.port} within {timeout_s:g} s"
                    ) from None
                continue
            self.close()
            return MessageSocket(connection, timeout_s)

    def close(self) -> None:
        """Stop listening; may be called again."""
        self.socket.close()


def bind_listeners(first_port: int, count: int, strict: bool = False) -> list[Listener]:
    """Bind `count` ports on loopback, from `first_port` upwards.

    Args:
        first_port: 1 to 65535, or 0 for any free ports.
        count: number of listeners, >= 1.
        strict: take `first_port`, `first_port + 1`, ... or fail; else a taken port is skipped.

    Raises:
        PortInUseError: `strict` and a port is taken, or no free port was found.
    """
    listeners: list[Listener] = []
    port = first_port
    last_port = min(65535, first_port + count + (0 if strict else _PORTS_TRIED))
    try:
        while len(listeners) < count:
            if port > last_port:
                raise PortInUseError(
                    f"no {count} free ports from {first_port} to {last_port}; "
                    "end other trainings or choose another port"
                )
            sock = _bind(port)
            if sock is not None:
                listeners.append(Listener(sock))
            elif strict:
                raise PortInUseError(
                    f"port {port} is in use; end the program that holds it or choose another port"
                )
            else:
                _log.warning("port %d is in use, trying %d", port, port + 1)
            port += 1 if first_port else 0
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _bind(port: int) -> socket.socket | None:
    """Return a listening socket, or None when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # On Windows SO_REUSEADDR would share a port that another program listens on.
    option = (
        getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        if sys.platform == "win32"
        else socket.SO_REUSEADDR
    )
    sock.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        sock.bind((LOOPBACK, port))
        sock.listen(1)
    except PermissionError as error:
        sock.close()
        raise UsageError(f"port {port} cannot be bound: {error.strerror}") from error
    except OSError:
        sock.close()
        return None
    return sock
