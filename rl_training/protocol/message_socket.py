"""The one Python file that handles bytes on the wire: length-prefixed frames over a TCP socket.

Called by `connection`. It survives partial reads, bounds every frame, gives a typed error when the
peer is gone or late, and never spins: every wait is a blocking read with a deadline. It never looks
inside a payload.
"""

from __future__ import annotations

import contextlib
import socket
import time

from rl_training.errors import EngineDisconnectedError, EngineTimeoutError, ProtocolError

MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
_HEADER_BYTES = 4
_FIRST_BUFFER_BYTES = 64 * 1024
# A wait that began this much after the frame's deadline was set may still use the whole timeout.
_SLACK_S = 0.05


class MessageSocket:
    """Frames (4 bytes little-endian length, then the payload) over a connected stream socket.

    Args:
        sock: a connected TCP socket; owned, and closed, by this object.
        timeout_s: seconds that one `send` or `receive` may take as a whole, > 0.
    """

    def __init__(self, sock: socket.socket, timeout_s: float = 60.0) -> None:
        self._socket = sock
        self.timeout_s = timeout_s
        self._buffer = bytearray(_FIRST_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._start = 0  # first unread byte
        self._end = 0  # one past the last byte received
        self._closed = False
        self._timeout_set = -1.0  # what the system was told; unknown at first
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """Return the descriptor, for selectors."""
        return self._socket.fileno()

    def send(self, payload: bytes) -> None:
        """Send one frame.

        Raises:
            ProtocolError: the payload is longer than 64 MiB.
            EngineDisconnectedError: the peer closed the connection.
            EngineTimeoutError: the peer did not take the bytes within `timeout_s`.
        """
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise ProtocolError(
                f"a message of {len(payload)} bytes is too long to send, "
                f"the limit is {MAX_PAYLOAD_BYTES}"
            )
        frame = len(payload).to_bytes(_HEADER_BYTES, "little") + payload
        try:
            self._limit(self.timeout_s)
            self._socket.sendall(frame)
        except socket.timeout as error:  # noqa: UP041 (Python 3.9 alias kept by the socket module)
            raise EngineTimeoutError(
                f"the engine took no message for {self.timeout_s:g} s"
            ) from error
        except OSError as error:
            raise EngineDisconnectedError(f"the engine closed the connection ({error})") from error

    def receive(self) -> memoryview:
        """Receive one frame.

        Returns:
            The payload; valid until the next `receive`.

        Raises:
            ProtocolError: the length prefix exceeds 64 MiB.
            EngineDisconnectedError: the peer closed the connection.
            EngineTimeoutError: the whole frame did not arrive within `timeout_s`.
        """
        deadline = time.monotonic() + self.timeout_s
        self._compact()
        self._limit(self.timeout_s)
        self._fill(_HEADER_BYTES, deadline)
        length = int.from_bytes(self._view[self._start : self._start + _HEADER_BYTES], "little")
        if length > MAX_PAYLOAD_BYTES:
            raise ProtocolError(
                f"the engine announced a message of {length} bytes, the limit is "
                f"{MAX_PAYLOAD_BYTES}; is the peer on this port a Godot RL addon?"
            )
        self._reserve(_HEADER_BYTES + length)
        self._fill(_HEADER_BYTES + length, deadline)
        first = self._start + _HEADER_BYTES
        self._start = first + length
        return self._view[first : first + length]

    def finish(self) -> None:
        """Say that nothing more will be sent; what the peer still sends is thrown away."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def drain(self, timeout_s: float) -> bool:
        """Read and throw away until the peer closes.

        Closing with unread bytes resets the connection, and the peer may lose our last message.

        Returns:
            True when the peer closed within `timeout_s` seconds.
        """
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                remaining = deadline - time.monotonic()
                if remaining <= 0.0:
                    return False
                self._limit(remaining)
                if not self._socket.recv(_FIRST_BUFFER_BYTES):
                    return True
        except socket.timeout:  # noqa: UP041
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Close the socket; may be called again."""
        if not self._closed:
            self._closed = True
            self._socket.close()

    def _limit(self, seconds: float) -> None:
        """Bound the next wait; it costs a system call, so only when the bound changes."""
        if seconds != self._timeout_set:
            self._socket.settimeout(seconds)
            self._timeout_set = seconds

    def _compact(self) -> None:
        """Move what was read ahead to the front of the buffer."""
        unread = self._end - self._start
        if unread and self._start:
            self._buffer[:unread] = self._buffer[self._start : self._end]
        self._start, self._end = 0, unread

    def _reserve(self, size: int) -> None:
        """Make room for `size` bytes from `_start` on (a buffer with views cannot be resized)."""
        if self._start + size <= len(self._buffer):
            return
        unread = self._end - self._start
        larger = bytearray(max(size, min(2 * len(self._buffer), MAX_PAYLOAD_BYTES)))
        larger[:unread] = self._buffer[self._start : self._end]
        self._buffer, self._view = larger, memoryview(larger)
        self._start, self._end = 0, unread

    def _fill(self, size: int, deadline: float) -> None:
        """Read until `size` unread bytes are in the buffer."""
        while self._end - self._start < size:
            remaining = deadline - time.monotonic()
            if remaining <= 0.0:
                raise EngineTimeoutError(f"the engine did not answer within {self.timeout_s:g} s")
            try:
                if self.timeout_s - remaining > _SLACK_S:
                    self._limit(remaining)
                received = self._socket.recv_into(self._view[self._end :])
            except socket.timeout:  # noqa: UP041
                continue
            except OSError as error:
                raise EngineDisconnectedError(
                    f"the engine closed the connection ({error})"
                ) from error
            if received == 0:
                raise EngineDisconnectedError("the engine closed the connection")
            self._end += received
