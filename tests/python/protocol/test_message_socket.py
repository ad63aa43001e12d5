from __future__ import annotations

import itertools
import socket
import struct
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rl_training.errors import EngineDisconnectedError, EngineTimeoutError, ProtocolError
from rl_training.protocol import MAX_PAYLOAD_BYTES, MessageSocket

Pair = tuple[socket.socket, socket.socket]


def frame(payload: bytes) -> bytes:
    return struct.pack("<I", len(payload)) + payload


def send_often(writer: MessageSocket) -> None:
    for _ in range(100):
        writer.send(b"x" * 1000)


@settings(max_examples=60, deadline=None)
@given(
    payloads=st.lists(st.binary(max_size=300), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 1500), max_size=8),
)
def test_frames_survive_any_cut_of_the_stream(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(payload) for payload in payloads)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    here, there = socket.socketpair()
    with here, there:
        reader = MessageSocket(here, timeout_s=5.0)

        def feed() -> None:
            for first, last in itertools.pairwise(edges):
                there.sendall(stream[first:last])

        thread = threading.Thread(target=feed)
        thread.start()
        assert [bytes(reader.receive()) for _ in payloads] == payloads
        thread.join()


def test_payload_larger_than_the_buffer(socket_pair: Pair) -> None:
    here, there = socket_pair
    payload = bytes(range(256)) * 4096
    reader = MessageSocket(here, timeout_s=5.0)
    thread = threading.Thread(target=there.sendall, args=(frame(b"a") + frame(payload) * 2,))
    thread.start()
    assert bytes(reader.receive()) == b"a"
    assert bytes(reader.receive()) == payload
    assert bytes(reader.receive()) == payload
    thread.join()


def test_send_is_one_frame(socket_pair: Pair) -> None:
    here, there = socket_pair
    MessageSocket(here).send("é".encode())
    assert there.recv(100) == b"\x02\x00\x00\x00\xc3\xa9"


@pytest.mark.parametrize("length", [MAX_PAYLOAD_BYTES + 1, 2**32 - 1])
def test_huge_length_is_refused_at_once(socket_pair: Pair, length: int) -> None:
    here, there = socket_pair
    there.sendall(struct.pack("<I", length))
    with pytest.raises(ProtocolError, match=f"announced a message of {length} bytes"):
        MessageSocket(here, timeout_s=5.0).receive()


def test_own_message_that_is_too_long_is_refused(
    socket_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rl_training.protocol.message_socket.MAX_PAYLOAD_BYTES", 3)
    with pytest.raises(ProtocolError, match="a message of 4 bytes is too long"):
        MessageSocket(socket_pair[0]).send(b"1234")


@pytest.mark.parametrize("sent", [b"", b"\x05\x00", frame(b"hello")[:-1]])
def test_end_of_stream_is_an_error_wherever_it_comes(socket_pair: Pair, sent: bytes) -> None:
    here, there = socket_pair
    there.sendall(sent)
    there.close()
    started = time.monotonic()
    with pytest.raises(EngineDisconnectedError, match="closed the connection"):
        MessageSocket(here, timeout_s=30.0).receive()
    assert time.monotonic() - started < 1.0


def test_reset_connection_is_an_error(socket_pair: Pair) -> None:
    here, there = socket_pair
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    there.close()
    with pytest.raises(EngineDisconnectedError):
        MessageSocket(here, timeout_s=30.0).receive()


def test_send_to_a_closed_peer_is_an_error(socket_pair: Pair) -> None:
    here, there = socket_pair
    there.close()
    with pytest.raises(EngineDisconnectedError):
        send_often(MessageSocket(here, timeout_s=5.0))


def test_send_to_a_peer_that_does_not_read_times_out(socket_pair: Pair) -> None:
    with pytest.raises(EngineTimeoutError, match="took no message"):
        MessageSocket(socket_pair[0], timeout_s=0.2).send(b"x" * 32 * 1024 * 1024)


def test_timeout_holds_for_the_whole_frame(socket_pair: Pair) -> None:
    """A peer that trickles bytes cannot extend the wait."""
    here, there = socket_pair
    stop = threading.Event()

    def trickle() -> None:
        there.sendall(struct.pack("<I", 1000))
        while not stop.wait(0.05):
            there.sendall(b".")

    thread = threading.Thread(target=trickle)
    thread.start()
    started = time.monotonic()
    with pytest.raises(EngineTimeoutError, match=r"did not answer within 0\.4 s"):
        MessageSocket(here, timeout_s=0.4).receive()
    assert 0.3 < time.monotonic() - started < 2.0
    stop.set()
    thread.join()


def test_waiting_does_not_spin(socket_pair: Pair) -> None:
    before = time.process_time()
    with pytest.raises(EngineTimeoutError):
        MessageSocket(socket_pair[0], timeout_s=0.5).receive()
    assert time.process_time() - before < 0.1


def test_a_frame_can_be_received_again_after_an_interrupted_wait(socket_pair: Pair) -> None:
    here, there = socket_pair
    reader = MessageSocket(here, timeout_s=0.1)
    there.sendall(frame(b"hello")[:6])
    with pytest.raises(EngineTimeoutError):
        reader.receive()
    there.sendall(frame(b"hello")[6:])
    assert bytes(reader.receive()) == b"hello"


def test_drain_returns_when_the_peer_closes(socket_pair: Pair) -> None:
    here, there = socket_pair
    reader = MessageSocket(here)
    there.sendall(b"unread")
    assert not reader.drain(0.05)
    there.close()
    assert reader.drain(5.0)
    reader.close()
    reader.close()
