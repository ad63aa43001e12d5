"""Transport binary1: every shape and count comes back, and every cut or foreign byte is refused."""

from __future__ import annotations

import contextlib
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rl_training.errors import EngineDiedError, ObservationError, ProtocolError
from rl_training.protocol.binary_codec import BinaryCodec
from rl_training.protocol.messages import EnvInfo, StepResult, parse_env_info

ACTIONS = {"move": {"size": 2, "action_type": "continuous"}}


def engine(
    agents: int, observations: dict[str, Any], actions: dict[str, Any] | None = None
) -> EnvInfo:
    """Describe an engine as its env_info would."""
    return parse_env_info(
        {
            "type": "env_info",
            "n_agents": agents,
            "observation_space": [observations] * agents,
            "action_space": [actions or ACTIONS] * agents,
            "spacetime_rl": {"protocol": 1, "transport": "binary1"},
        }
    )


def pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def encode(tag: str, count: int, *blocks: bytes) -> memoryview:
    return memoryview(struct.pack("<B3xI", ord(tag), count) + b"".join(blocks))


def step(obs: list[bytes], status: bytes, final: list[bytes], infos: object = None) -> memoryview:
    """Write a step message with rewards 0, 1, 2, ..."""
    rewards = np.arange(len(status), dtype="<f4").tobytes()
    text = b"" if infos is None else json.dumps(infos).encode()
    ended = sum(byte > 0 for byte in status)
    return encode("S", ended, rewards, pad(status), *obs, *final, text)


@given(
    agents=st.integers(1, 40),
    size=st.integers(1, 30),
    image=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)) | st.none(),
    data=st.data(),
)
def test_any_number_of_agents_and_any_shape(
    agents: int, size: int, image: tuple[int, int, int] | None, data: st.DataObject
) -> None:
    spaces: dict[str, Any] = {"obs": {"size": [size], "space": "box"}}
    if image:
        spaces["a_2d"] = {"size": list(image), "space": "box"}
    status = bytes(data.draw(st.lists(st.integers(0, 3), min_size=agents, max_size=agents)))
    ended = [agent for agent, byte in enumerate(status) if byte]
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))

    def draw(count: int) -> dict[str, Any]:
        values: dict[str, Any] = {"obs": rng.normal(size=(count, size)).astype(np.float32)}
        if image:
            values["a_2d"] = rng.integers(0, 256, (count, *image), dtype=np.uint8)
        return values

    def blocks(values: dict[str, Any]) -> list[bytes]:
        return [pad(values[key].tobytes()) for key in sorted(values)]

    obs, final = draw(agents), draw(len(ended))
    infos = {str(agent): {"is_success": True} for agent in ended}
    payload = step(blocks(obs), status, blocks(final) if ended else [], infos or None)
    result = BinaryCodec(engine(agents, spaces)).decode_step(payload)

    for key, expected in obs.items():
        np.testing.assert_array_equal(result.obs[key], expected)
        if ended:
            np.testing.assert_array_equal(result.final_obs[key], final[key])
    assert result.final_agents == tuple(ended)
    assert result.rewards.tolist() == list(range(agents))
    assert result.terminated.tolist() == [bool(byte & 1) for byte in status]
    assert result.truncated.tolist() == [bool(byte & 2) for byte in status]
    told = result.infos or [{} for _ in range(agents)]
    assert [bool(info) for info in told] == [byte > 0 for byte in status]


@given(cut=st.integers(0, 8 + 8 + 4 + 24 + 12 - 1))
def test_a_message_cut_anywhere_is_refused(cut: int) -> None:
    payload = step([bytes(24)], bytes([0, 2]), [bytes(12)])
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    assert isinstance(codec.decode_step(payload), StepResult)
    with pytest.raises(ProtocolError):
        codec.decode_step(payload[:cut])


@given(noise=st.binary(max_size=200))
def test_noise_never_crashes(noise: bytes) -> None:
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    for decode in (codec.decode_step, codec.decode_reset):
        with contextlib.suppress(ProtocolError, EngineDiedError):
            decode(memoryview(noise))


def test_not_a_number_is_named() -> None:
    values = np.zeros((2, 3), np.float32)
    values[1, 2] = np.nan
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    with pytest.raises(ObservationError, match=r"agent 1's observation 'obs' holds nan at element"):
        codec.decode_step(step([values.tobytes()], bytes(2), []))


def test_values_whose_squares_overflow_are_read_all_the_same() -> None:
    values = np.full((2, 3), -3e38, np.float32)
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    final = values[1:] / 2
    result = codec.decode_step(step([values.tobytes()], bytes([0, 1]), [final.tobytes()]))
    np.testing.assert_array_equal(result.obs["obs"], values)
    np.testing.assert_array_equal(result.final_obs["obs"], final)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_final_observation_or_a_reward_that_is_not_finite_is_named(bad: float) -> None:
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    final = np.array([[0.0, bad, 0.0]], np.float32).tobytes()
    with pytest.raises(ObservationError, match="agent 1's final observation 'obs' holds"):
        codec.decode_step(step([bytes(24)], bytes([0, 2]), [final]))
    rewards = np.array([0.0, bad], np.float32).tobytes()
    with pytest.raises(ProtocolError, match="agent 1's reward is"):
        codec.decode_step(encode("S", 0, rewards, bytes(4), bytes(24)))


def test_a_step_stays_as_it_was_when_the_buffer_is_used_again() -> None:
    buffer = bytearray(step([np.ones(6, np.float32).tobytes()], bytes([0, 2]), [bytes(12)]))
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    result = codec.decode_step(memoryview(buffer))
    buffer[:] = b"\xff" * len(buffer)
    assert (result.obs["obs"] == 1.0).all()
    assert result.rewards.tolist() == [0.0, 1.0]
    assert result.truncated.tolist() == [False, True]


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (encode("S", 1, bytes(8), bytes(4), bytes(24)), "announces 1 ended episodes"),
        (encode("R", 0, bytes(24)), "tag 0x52, expected 'step'"),
        (encode("J", 0, b'{"type":"dance"}'), "sent 'dance', expected 'step'"),
        (step([bytes(24)], bytes(2), [], {"7": {}}), "malformed infos"),
        (step([bytes(24)], bytes(2), [], [1]), "malformed infos"),
        (step([bytes(24)], bytes([0, 9]), [bytes(12)]), "ended episodes"),
    ],
)
def test_what_an_engine_must_not_send(payload: memoryview, said: str) -> None:
    codec = BinaryCodec(engine(2, {"obs": {"size": [3], "space": "box"}}))
    with pytest.raises(ProtocolError, match=said):
        codec.decode_step(payload)


def test_what_the_engine_reports_is_raised() -> None:
    codec = BinaryCodec(engine(1, {"obs": {"size": [1], "space": "box"}}))
    report = encode("J", 0, b'{"type":"error","message":"it broke"}')
    with pytest.raises(EngineDiedError, match="the engine reports: it broke"):
        codec.decode_step(report)


def test_actions_are_split_by_kind() -> None:
    actions = {
        "move": {"size": 2, "action_type": "continuous"},
        "jump": {"size": 2, "action_type": "discrete"},
        "turn": {"size": 1, "action_type": "continuous"},
    }
    codec = BinaryCodec(engine(2, {"obs": {"size": [1], "space": "box"}}, actions))
    payload = codec.encode_action(
        np.array([[0.25, 0.5, 1.0, 0.75], [-0.25, -0.5, -1.0, -0.75]], np.float32)
    )
    assert payload[:8] == bytes([0x41, 0, 0, 0, 0, 0, 0, 0])
    floats = np.frombuffer(payload, "<f4", 6, 8)
    assert floats.tolist() == [0.25, 0.5, 0.75, -0.25, -0.5, -0.75]
    assert np.frombuffer(payload, "<i4", 2, 8 + 24).tolist() == [1, 0]
