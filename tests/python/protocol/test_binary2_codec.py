"""Transport binary2: any mixture of groups comes back as over JSON; nothing hostile passes."""

from __future__ import annotations

import contextlib
import json
import random
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rl_training.errors import HarnessError, ObservationError, ProtocolError, UsageError
from rl_training.protocol.binary_codec import BinaryCodec
from rl_training.protocol.json_codec import JsonCodec
from rl_training.protocol.messages import EnvInfo, Observations, parse_env_info
from rl_training.protocol.orders import CONTROL, LOAD_POLICY, PARAMETERS, check_answer
from tests.python import fake_codec
from tests.python.protocol.mixtures import (
    described,
    mixtures,
    observation,
    step_message,
)

SEEDS = st.integers(0, 10_000)
BOX = {"obs": {"space": "box", "size": [3]}}
MOVE = {"move": {"action_type": "continuous", "size": 2}}
PAIR = described(
    [BOX, BOX, {"eye_2d": {"space": "box", "size": [1, 2, 3]}, **BOX}],
    [MOVE, MOVE, {"key": {"action_type": "discrete", "size": 3}}],
    [
        {"name": "hunters", "first": 0, "count": 2, "layout": 0},
        {"name": "prey", "first": 2, "count": 1, "layout": 1},
    ],
)


def codecs(info: dict[str, Any]) -> tuple[EnvInfo, BinaryCodec, JsonCodec]:
    parsed = parse_env_info(info)
    return parsed, BinaryCodec(parsed, 2), JsonCodec(parsed)


def payload(info: dict[str, Any], message: dict[str, Any], status: list[int]) -> memoryview:
    return memoryview(fake_codec.encode(info, message, status))


def same(one: tuple[Observations, ...], other: tuple[Observations, ...]) -> None:
    assert len(one) == len(other)
    for mine, theirs in zip(one, other, strict=True):
        assert list(mine) == list(theirs)
        for key, array in mine.items():
            assert array.dtype == theirs[key].dtype
            np.testing.assert_array_equal(array, theirs[key])


@given(info=mixtures(), seed=SEEDS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_mixture_of_groups_comes_back_as_over_json(
    info: dict[str, Any], seed: int, data: st.DataObject
) -> None:
    parsed, binary, text = codecs(info)
    count = info["n_agents"]
    status = data.draw(st.lists(st.integers(0, 15), min_size=count, max_size=count))
    message = step_message(info, status, np.random.default_rng(seed))
    result = binary.decode_step(payload(info, message, status))
    twin = text.decode_step(json.dumps(message).encode())  # type: ignore[arg-type]
    same(result.layouts, twin.layouts)
    same(result.finals, twin.finals)
    assert result.final_agents == twin.final_agents
    np.testing.assert_array_equal(result.rewards, twin.rewards)
    np.testing.assert_array_equal(result.terminated, twin.terminated)
    np.testing.assert_array_equal(result.truncated, twin.truncated)
    nothing: list[dict[str, Any]] = [{} for _ in range(count)]
    assert (result.infos or nothing) == (twin.infos or nothing)
    for bit, flags in ((4, result.absent), (8, result.joined)):
        expected = [flag & bit > 0 for flag in status]
        assert (expected if flags is None else flags.tolist()) == expected
    assert sum(len(layout.agents) for layout in parsed.layouts) == count


@given(info=mixtures(), seed=SEEDS, data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_reset_tells_empty_seats(info: dict[str, Any], seed: int, data: st.DataObject) -> None:
    _, binary, text = codecs(info)
    count = info["n_agents"]
    status = data.draw(st.lists(st.sampled_from([0, 4]), min_size=count, max_size=count))
    rng = np.random.default_rng(seed)
    rows = [observation(each, rng) for each in info["observation_space"]]
    message = {"type": "reset", "obs": rows, "info": [{}] * count}
    result = binary.decode_reset(payload(info, message, status))
    same(result.layouts, text.decode_reset(json.dumps(message).encode()).layouts)  # type: ignore[arg-type]
    expected = [flag > 0 for flag in status]
    assert ([False] * count if result.absent is None else result.absent.tolist()) == expected


@given(info=mixtures(), seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_actions_of_any_mixture_reach_their_agents_as_over_json(
    info: dict[str, Any], seed: int
) -> None:
    parsed, binary, text = codecs(info)
    actions: list[NDArray[Any]] = []
    for layout in parsed.layouts:
        layout.action_space.seed(seed)
        rows = [layout.action_space.sample() for _ in layout.agents]
        actions.append(np.array(rows).reshape(len(rows), -1))
    taken = fake_codec.decode(info, binary.encode_action(*actions))
    as_text = json.loads(text.encode_action(*actions))
    assert taken["type"] == as_text["type"] == "action"
    for one, other, spaces in zip(
        taken["action"], as_text["action"], info["action_space"], strict=True
    ):
        assert set(one) == set(other) == set(spaces)
        for key in spaces:
            np.testing.assert_array_equal(np.float32(one[key]), np.float32(other[key]))


@given(info=mixtures(8), seed=SEEDS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_not_finite_is_named_with_agent_and_key(
    info: dict[str, Any], seed: int, data: st.DataObject
) -> None:
    count = info["n_agents"]
    rng = np.random.default_rng(seed)
    status = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    message = step_message(info, status, rng)
    finals = [agent for agent, row in enumerate(message["final_obs"]) if row is not None]
    where = data.draw(st.sampled_from(["obs", "final_obs"] if finals else ["obs"]))
    agent = data.draw(st.sampled_from(finals if where == "final_obs" else range(count)))
    values = message[where][agent]["obs"]
    element = data.draw(st.integers(0, len(values) - 1))
    values[element] = data.draw(st.sampled_from([float("nan"), float("inf"), float("-inf")]))
    what = "final observation" if where == "final_obs" else "observation"
    with pytest.raises(ObservationError, match=rf"agent {agent}'s {what} 'obs' holds .* {element}"):
        codecs(info)[1].decode_step(payload(info, message, status))


@given(info=mixtures(6), seed=SEEDS, cut=st.floats(0, 1, exclude_max=True))
@settings(max_examples=100, deadline=None)
def test_a_message_cut_anywhere_is_refused(info: dict[str, Any], seed: int, cut: float) -> None:
    status = [i % 4 for i in range(info["n_agents"])]
    message = step_message(info, status, np.random.default_rng(seed))
    message["info"] = [{}] * len(status)
    whole = payload(info, message, status)
    with pytest.raises(ProtocolError):
        codecs(info)[1].decode_step(whole[: int(cut * len(whole))])


@pytest.mark.parametrize(
    ("tag", "count", "status", "text"),
    [
        ("S", 0, [0, 0, 16], "announces 0 ended episodes"),
        ("S", 1, [4, 0, 8], "announces 1 ended episodes, its flags tell 0"),
        ("S", 0, [0, 5, 0], "announces 0 ended episodes, its flags tell 1"),
        ("R", 1, [1, 0, 0], "announces 1 empty seats"),
        ("R", 2, [4, 0, 0], "announces 2 empty seats"),
        ("R", 1, [12, 0, 0], "announces 1 empty seats"),
    ],
)
def test_flags_that_cannot_be(tag: str, count: int, status: list[int], text: str) -> None:
    rng = np.random.default_rng(0)
    message = step_message(PAIR, [0, 0, 0], rng)
    rows = fake_codec.encode(PAIR, {**message, "type": "reset"}, [0, 0, 0])[8:]
    rewards = bytes(12) if tag == "S" else b""
    head = struct.pack("<B3xI", ord(tag), count)
    codec = codecs(PAIR)[1]
    decode = codec.decode_step if tag == "S" else codec.decode_reset
    with pytest.raises(ProtocolError, match=text):
        decode(memoryview(head + rewards + bytes(status) + b"\0" + rows))


@pytest.mark.parametrize("value", [-1.0, 0.5, 3.0, 1e30])
def test_a_choice_that_was_not_declared_is_no_observation(value: float) -> None:
    spaces = {"key": {"space": "discrete", "size": 3}}
    info = described([spaces], [MOVE], [{"name": "a", "first": 0, "count": 1, "layout": 0}])
    payload = struct.pack("<B3xIff", ord("S"), 0, 0.0, 0.0) + struct.pack("<f", value)
    with pytest.raises(ObservationError, match=r"agent 0's observation 'key' .* from 0 to 2"):
        codecs(info)[1].decode_step(memoryview(payload))


def test_a_policy_travels_as_bytes_or_as_base64() -> None:
    _, binary, text = codecs(PAIR)
    message = {"type": "load_policy", "group": "prey", "name": "jürgen", "actions": "auto"}
    content = bytes(range(256))
    sent = binary.encode_policy(message, content)
    assert fake_codec.decode(PAIR, sent) == {**message, "onnx": content}
    assert sent[:1] == b"P"
    sent_as_text = json.loads(text.encode_policy(message, b"\0\1"))
    assert sent_as_text == {**message, "onnx": "AAE="}


def mutated(rng: random.Random, original: bytes) -> bytes:
    data = bytearray(original)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data) + 1)
        kind = rng.randrange(4)
        if kind == 0 and place < len(data):
            data[place] = rng.choice([0, 1, 4, 8, 12, 16, 127, 128, 255])
        elif kind == 1:
            data[place:place] = rng.randbytes(rng.randint(1, 9))
        elif kind == 2:
            del data[place : place + rng.randint(1, 9)]
        else:
            data[place : place + 4] = struct.pack("<I", rng.choice([0, 1, 2**31, 2**32 - 1]))
    return bytes(data)


def test_ten_thousand_hostile_messages_are_refused_or_read() -> None:
    """Steps, resets, answers to orders and descriptions, each damaged at random."""
    rng = random.Random(5)
    numbers = np.random.default_rng(5)
    message = step_message(PAIR, [1, 4, 10], numbers)
    rows = {"type": "reset", "obs": message["obs"], "info": message["info"]}
    answers: dict[str, dict[str, Any]] = {
        PARAMETERS: {"type": PARAMETERS, "known": {"gravity": 9.8}},
        CONTROL: {"type": CONTROL},
        LOAD_POLICY: {
            "type": LOAD_POLICY,
            "sha256": "0" * 64,
            "actions": "sampled",
            "warning": "",
        },
    }
    binary = codecs(PAIR)[1]
    originals: list[tuple[str, bytes]] = [
        ("step", fake_codec.encode(PAIR, message, [1, 4, 10])),
        ("reset", fake_codec.encode(PAIR, rows, [0, 4, 4])),
        *((kind, fake_codec.encode(PAIR, answer, [])) for kind, answer in answers.items()),
        ("env_info", json.dumps(PAIR).encode()),
    ]
    refused = 0
    for _ in range(10_000):
        kind, original = rng.choice(originals)
        hostile = memoryview(mutated(rng, original))
        try:
            if kind == "step":
                assert len(binary.decode_step(hostile).rewards) == 3
            elif kind == "reset":
                assert len(binary.decode_reset(hostile).layouts) == 2
            elif kind == "env_info":
                with contextlib.suppress(UnicodeDecodeError, json.JSONDecodeError):
                    described_so = json.loads(bytes(hostile))
                    if isinstance(described_so, dict):
                        parse_env_info(described_so)
            else:
                check_answer(kind, binary.decode_control(hostile, kind))
        except (HarnessError, UsageError):
            refused += 1
    assert refused > 3000
