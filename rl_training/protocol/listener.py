"""Listening sockets, on loopback unless told otherwise, bound before any engine is launched.

Called by `envs`. A port is never guessed to be free: it is bound, and the bound socket is kept.
With a token, a peer must send it as its first frame, `{"type": "token", "token": "..."}`; nothing
else of what it sends is looked at before.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import ipaddress
import json
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
# Strangers that wait must not keep the engine from the port.
_BACKLOG = 8
_TOKEN_WAIT_S = 2.0
_LONGEST_TOKEN_FRAME = 1024


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Listener:
    """One bound, listening socket that accepts exactly one engine.

    Args:
        sock: a listening socket; owned, and closed, by this object.
        token: what a peer must know; empty: nothing.

    Attributes:
        token: the same; may be set until `accept`.
    """

    def __init__(self, sock: socket.socket, token: str = "") -> None:
        self.socket = sock
        self.token = token
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
        refused = 0
        while True:
            self.socket.settimeout(_POLL_S)
            try:
                connection, address = self.socket.accept()
            except socket.timeout:  # noqa: UP041
                check_alive()
                if time.monotonic() > deadline:
                    strangers = f"; {refused} without the token were refused" if refused else ""
                    raise EngineTimeoutError(
                        f"no engine connected to port {self.port} within {timeout_s:g} s{strangers}"
                    ) from None
                continue
            if self.token and not _knows(connection, self.token):
                connection.close()
                refused += 1
                _log.warning(
                    "a peer at %s was refused: it did not send the token; it belongs to another "
                    "run, or its addon is older than tokens",
                    address[0],
                )
                continue
            self.close()
            return MessageSocket(connection, timeout_s)

    def close(self) -> None:
        """Stop listening; may be called again."""
        self.socket.close()


def bind_listeners(
    first_port: int, count: int, strict: bool = False, host: str = LOOPBACK, token: str = ""
) -> list[Listener]:
    """Bind `count` ports, from `first_port` upwards.

    Args:
        first_port: 1 to 65535, or 0 for any free ports.
        count: number of listeners, >= 1.
        strict: take `first_port`, `first_port + 1`, ... or fail; else a taken port is skipped.
        host: IPv4 address to listen on.
        token: what a peer must know; empty only on loopback.

    Raises:
        UsageError: another address than loopback and no token, or no such address here.
        PortInUseError: `strict` and a port is taken, or no free port was found.
    """
    if not token and not is_loopback(host):
        raise UsageError(f"listening on {host} needs a token, or anyone could play the engine")
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
            sock = _bind(host, port)
            if sock is not None:
                listeners.append(Listener(sock, token))
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


def _knows(connection: socket.socket, token: str) -> bool:
    """Return whether the first frame holds the token."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        connection.settimeout(_TOKEN_WAIT_S)
        length = int.from_bytes(_read_exactly(connection, 4), "little")
        if length <= _LONGEST_TOKEN_FRAME:
            said = json.loads(_read_exactly(connection, length))["token"]
            return hmac.compare_digest(str(said).encode(), token.encode())
    return False


def _read_exactly(connection: socket.socket, count: int) -> bytes:
    deadline = time.monotonic() + _TOKEN_WAIT_S
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part or time.monotonic() > deadline:
            raise ValueError("the peer sent too little")
        data += part
    return data


def _bind(host: str, port: int) -> socket.socket | None:
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
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except PermissionError as error:
        sock.close()
        raise UsageError(f"port {port} cannot be bound: {error.strerror}") from error
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            raise UsageError(f"{host} is no address of this machine") from error
        return None
    return sock
