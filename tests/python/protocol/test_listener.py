from __future__ import annotations

import logging
import socket
import time

import pytest

from rl_training.errors import EngineStartError, EngineTimeoutError, PortInUseError
from rl_training.protocol import bind_listeners


def test_ports_follow_each_other(free_port: int) -> None:
    listeners = bind_listeners(free_port, 3)
    assert [listener.port for listener in listeners] == [free_port, free_port + 1, free_port + 2]
    for listener in listeners:
        listener.close()
        listener.close()


def test_taken_port_is_skipped_and_said(free_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", free_port + 1)), caplog.at_level(logging.WARNING):
        listeners = bind_listeners(free_port, 2)
    assert [listener.port for listener in listeners] == [free_port, free_port + 2]
    assert f"port {free_port + 1} is in use" in caplog.text
    for listener in listeners:
        listener.close()


def test_strict_port_that_is_taken_is_an_error_and_leaves_none_bound(free_port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", free_port + 1)),
        pytest.raises(PortInUseError, match=f"port {free_port + 1} is in use"),
    ):
        bind_listeners(free_port, 2, strict=True)
    bind_listeners(free_port, 1, strict=True)[0].close()


def test_no_port_left() -> None:
    with pytest.raises(PortInUseError, match="no 2 free ports from 65535"):
        bind_listeners(65535, 2)


def test_port_zero_takes_any() -> None:
    listeners = bind_listeners(0, 2)
    assert listeners[0].port != listeners[1].port
    for listener in listeners:
        listener.close()


def test_accept_times_out(free_port: int) -> None:
    (listener,) = bind_listeners(free_port, 1)
    with pytest.raises(EngineTimeoutError, match=f"no engine connected to port {free_port}"):
        listener.accept(0.1, lambda: None)
    listener.close()


def test_accept_gives_up_as_soon_as_the_engine_is_dead(free_port: int) -> None:
    def dead() -> None:
        raise EngineStartError("dead")

    (listener,) = bind_listeners(free_port, 1)
    started = time.monotonic()
    with pytest.raises(EngineStartError, match="dead"):
        listener.accept(30.0, dead)
    assert time.monotonic() - started < 0.5
    listener.close()


def test_accept_stops_listening(free_port: int) -> None:
    (listener,) = bind_listeners(free_port, 1)
    with socket.create_connection(("127.0.0.1", free_port)):
        listener.accept(5.0, lambda: None).close()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", free_port))
