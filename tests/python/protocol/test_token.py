"""Another address than loopback needs a token, and the token comes before anything else."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import struct

import pytest

from rl_training.envs import EnvSettings
from rl_training.errors import ConfigError, EngineTimeoutError, UsageError
from rl_training.protocol.listener import bind_listeners, is_loopback

TOKEN = "correct horse battery"


def frame(payload: bytes) -> bytes:
    return struct.pack("<I", len(payload)) + payload


def introduce(token: object) -> bytes:
    return frame(json.dumps({"type": "token", "token": token}).encode())


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("example", False),
    ],
)
def test_what_counts_as_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_no_other_address_without_a_token() -> None:
    with pytest.raises(UsageError, match=r"listening on 0\.0\.0\.0 needs a token"):
        bind_listeners(0, 1, host="0.0.0.0")
    for token in ("", "short"):
        with pytest.raises(ConfigError, match="needs a token of at least 16 characters"):
            EnvSettings(host="0.0.0.0", token=token)
    assert "correct" not in repr(EnvSettings(host="0.0.0.0", token=TOKEN))


def test_an_address_of_another_machine() -> None:
    with pytest.raises(UsageError, match=r"203\.0\.113\.7 is no address of this machine"):
        bind_listeners(0, 1, host="203.0.113.7", token=TOKEN)


def test_by_default_only_this_machine_is_listened_to() -> None:
    (listener,) = bind_listeners(0, 1)
    assert listener.socket.getsockname()[0] == "127.0.0.1"
    listener.close()


@pytest.mark.parametrize(
    "said",
    [
        introduce("wrong"),
        introduce(None),
        introduce({"a": 1}),
        frame(b"[]"),
        frame(b"\xff\xfe"),
        frame(b"x" * 5000),
        struct.pack("<I", 0xFFFFFFFF),
        b"",
        b"\x01",
    ],
)
def test_who_does_not_know_it_is_refused_and_the_right_one_is_waited_for(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (listener,) = bind_listeners(0, 1, host="0.0.0.0", token=TOKEN)

    def come(first: bytes) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", listener.port))
        sock.sendall(first)
        sock.shutdown(socket.SHUT_WR)
        return sock

    with come(said) as stranger, caplog.at_level(logging.WARNING):
        friend = come(introduce(TOKEN) + frame(b"hello"))
        with friend:
            accepted = listener.accept(10.0, lambda: None)
            assert bytes(accepted.receive()) == b"hello"
            accepted.close()
        stranger.settimeout(5.0)
        with contextlib.suppress(ConnectionError):
            assert stranger.recv(10) == b""
    assert "a peer at 127.0.0.1 was refused: it did not send the token" in caplog.text
    assert TOKEN not in caplog.text


def test_a_silent_stranger_does_not_keep_the_trainer() -> None:
    (listener,) = bind_listeners(0, 1, token=TOKEN)
    with (
        socket.create_connection(("127.0.0.1", listener.port)),
        pytest.raises(EngineTimeoutError, match="no engine connected"),
    ):
        listener.accept(0.3, lambda: None)
    listener.close()


def test_without_a_token_nothing_is_expected() -> None:
    (listener,) = bind_listeners(0, 1)
    with socket.create_connection(("127.0.0.1", listener.port)) as sock:
        sock.sendall(frame(b"hello"))
        accepted = listener.accept(5.0, lambda: None)
        assert bytes(accepted.receive()) == b"hello"
        accepted.close()


@pytest.mark.parametrize("vec_env", ["async", "subproc"])
@pytest.mark.engine
def test_the_addon_sends_it(free_port: int, repository: object, vec_env: str) -> None:
    import numpy as np

    from rl_training.envs import make_vec_env

    settings = EnvSettings(
        project_path=str(repository),
        scene_path="res://tests/godot/fixtures/counter_arena.tscn",
        port=free_port,
        arenas=1,
        host="0.0.0.0",
        token=TOKEN,
    )
    with make_vec_env(settings, vec_env) as env:  # type: ignore[arg-type]
        env.reset()
        obs, *_ = env.step(np.zeros((1, 1), np.float32))
        assert isinstance(obs, dict)
        assert obs["obs"].shape == (1, 4)
