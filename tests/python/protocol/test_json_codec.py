from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rl_training.errors import (
    EngineDiedError,
    HarnessError,
    ObservationError,
    ProtocolError,
    ProtocolVersionError,
)
from rl_training.protocol.json_codec import JsonCodec, decode_message, encode_message
from rl_training.protocol.messages import EnvInfo, parse_env_info
from tests.python.fake_engine import OBS_NAMES

NUMBERS = st.floats(-1e6, 1e6, width=32)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def announce(**changes: Any) -> dict[str, Any]:
    message = {
        "type": "env_info",
        "n_agents": 2,
        "observation_space": [{"obs": {"space": "box", "size": [4]}}] * 2,
        "action_space": [{"move": {"action_type": "continuous", "size": 2}}] * 2,
        "agent_policy_names": ["a", "b"],
        "spacetime_rl": {
            "protocol": 1,
            "transport": "json",
            "arenas": 2,
            "observation_names": [{"obs": OBS_NAMES}] * 2,
        },
    }
    return {**message, **changes}


def info(**changes: Any) -> EnvInfo:
    return parse_env_info(announce(**changes))


def step(**changes: Any) -> bytes:
    message = {
        "type": "step",
        "obs": [{"obs": [0.0, 1.0, 2.0, 3.0]}, {"obs": [4.0, 5.0, 6.0, 7.0]}],
        "reward": [1, 2.5],
        "done": [False, True],
        "info": [{}, {"success": True}],
        "terminated": [False, False],
        "truncated": [False, True],
        "final_obs": [None, {"obs": [9.0, 9.0, 9.0, 9.0]}],
    }
    message |= changes
    return json.dumps({k: v for k, v in message.items() if v != "absent"}).encode()


def codec(**changes: Any) -> JsonCodec:
    return JsonCodec(info(**changes))


def test_step() -> None:
    result = codec().decode_step(memoryview(step()))
    assert result.obs["obs"].dtype == np.float32
    np.testing.assert_array_equal(result.obs["obs"], np.arange(8).reshape(2, 4))
    assert result.rewards.dtype == np.float32
    assert result.rewards.tolist() == [1.0, 2.5]
    assert result.terminated.tolist() == [False, False]
    assert result.truncated.tolist() == [False, True]
    assert result.final_agents == (1,)
    np.testing.assert_array_equal(result.final_obs["obs"], np.full((1, 4), 9.0))
    assert result.infos == [{}, {"success": True}]


def test_step_of_the_stock_plugin() -> None:
    payload = step(terminated="absent", truncated="absent", final_obs="absent", info="absent")
    result = codec(spacetime_rl=None).decode_step(memoryview(payload))
    assert result.terminated.tolist() == [False, True]
    assert result.truncated.tolist() == [False, False]
    assert result.final_agents == ()
    assert result.infos == []


def test_old_plugin_declares_once_for_all_agents() -> None:
    described = parse_env_info(
        {
            "type": "env_info",
            "n_agents": 3.0,
            "observation_space": {"obs": {"space": "box", "size": [4]}},
            "action_space": {"move": {"action_type": "discrete", "size": 3}},
        }
    )
    assert described.n_agents == 3
    assert described.policy_names == ("shared_policy",) * 3
    assert described.harness is None


@pytest.mark.parametrize(
    ("element", "shown"),
    [
        (None, r"null \(NaN\) at element 1 \(progress\)"),
        (float("nan"), "nan at element 1"),
        (float("inf"), "inf at element 1"),
        (1e300, r"1e\+300 at element 1"),
        (10**400, "1000.* at element 1"),
        ("0.5", "'0.5' at element 1"),
        ([], "has 3 elements, expected 4"),
        ([[1.0], 2.0], "has 5 elements, expected 4"),
        ({}, "{} at element 1"),
    ],
)
def test_bad_element_is_named(element: Any, shown: str) -> None:
    obs = [{"obs": [0.0] * 4}, {"obs": [0.0, element, 0.0, 0.0]}]
    with pytest.raises(ObservationError, match=f"agent 1's observation 'obs' .*{shown}"):
        codec().decode_step(memoryview(step(obs=obs)))


def test_bool_among_numbers_is_a_number_in_gdscript_too() -> None:
    obs = [{"obs": [0.0, True, False, 1]}, {"obs": [0.0] * 4}]
    assert codec().decode_step(memoryview(step(obs=obs))).obs["obs"][0].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("sizes", [(5, 4), (4, 3), (3, 3), (0, 4), (5, 3)])
def test_changed_size_is_named(sizes: tuple[int, int]) -> None:
    obs = [{"obs": [0.0] * size} for size in sizes]
    agent = 0 if sizes[0] != 4 else 1
    with pytest.raises(
        ObservationError, match=f"agent {agent}'s .*has {sizes[agent]} elements, expected 4"
    ):
        codec().decode_step(memoryview(step(obs=obs)))


def test_bad_final_observation_is_named_as_such() -> None:
    final = [None, {"obs": [0.0, 0.0, None, 0.0]}]
    with pytest.raises(ObservationError, match="agent 1's final observation 'obs' holds null"):
        codec().decode_step(memoryview(step(final_obs=final)))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"obs": [{"obs": [0.0] * 4}]}, "one entry for each of the 2 agents, found 1 entries"),
        ({"obs": None}, "'obs' must be a list"),
        ({"obs": [{"obs": [0.0] * 4}, {"other": []}]}, "agent 1's .*lacks the key 'obs'.*other"),
        ({"obs": [{"obs": [0.0] * 4}, 7]}, "agent 1's observation is 7"),
        ({"obs": [{"obs": [0.0] * 4}, {"obs": 7}]}, "agent 1's observation 'obs' is 7"),
        ({"reward": [1.0, None]}, r"agent 1's reward is null \(NaN\)"),
        ({"reward": [1.0, float("inf")]}, "agent 1's reward is inf"),
        ({"reward": [10**400, 0]}, "agent 0's reward is inf"),
        ({"reward": [1.0, "a"]}, "agent 1's reward is 'a'"),
        ({"terminated": [False, 2]}, "'terminated' must hold true or false"),
        ({"truncated": "absent"}, "'truncated' must be a list"),
        ({"info": [1, 2]}, "'info' must hold dictionaries"),
        ({"type": "reset"}, "sent 'reset', expected 'step'"),
        ({"type": 3}, "no JSON object with a string 'type'"),
    ],
)
def test_malformed_step(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        codec().decode_step(memoryview(step(**changes)))


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", "not JSON"),
        (b"[1]", "no JSON object"),
        (b"nonsense", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"type":"step"', "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"type":"step","obs":' + b"9" * 10_000 + b"}", "not JSON|must be a list"),
    ],
)
def test_payload_that_is_no_message(payload: bytes, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        codec().decode_step(memoryview(payload))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_typed_error(payload: bytes) -> None:
    with pytest.raises(HarnessError):
        decode_message(payload, "step")


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["obs", "reward", "done", "info", "terminated", "truncated", "final_obs"]),
        JSON_VALUES | st.lists(JSON_VALUES, min_size=2, max_size=2),
        min_size=1,
    )
)
def test_any_json_gives_a_step_or_a_typed_error(changes: dict[str, Any]) -> None:
    try:
        result = codec().decode_step(memoryview(step(**changes)))
    except ProtocolError:
        return
    assert np.isfinite(result.obs["obs"]).all()
    assert np.isfinite(result.rewards).all()
    assert result.obs["obs"].shape == (2, 4)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "n_agents",
                "observation_space",
                "action_space",
                "agent_policy_names",
                "spacetime_rl",
            ]
        ),
        JSON_VALUES | st.lists(JSON_VALUES, min_size=2, max_size=2),
        min_size=1,
    )
)
def test_any_env_info_is_read_or_refused(changes: dict[str, Any]) -> None:
    with contextlib.suppress(ProtocolError):
        parse_env_info(announce(**changes))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(NUMBERS, min_size=4, max_size=4), min_size=2, max_size=2))
def test_floats_arrive_exactly(rows: list[list[float]]) -> None:
    payload = step(obs=[{"obs": row} for row in rows])
    np.testing.assert_array_equal(
        codec().decode_step(memoryview(payload)).obs["obs"], np.array(rows, dtype=np.float32)
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=2), min_size=2, max_size=2)
)
def test_actions_leave_exactly(rows: list[list[float]]) -> None:
    actions = np.array(rows, dtype=np.float32)
    message = json.loads(codec().encode_action(actions))
    assert message["type"] == "action"
    sent = np.array([agent["move"] for agent in message["action"]], dtype=np.float32)
    np.testing.assert_array_equal(sent, actions)


def test_action_names_with_odd_characters() -> None:
    space = [
        {
            '100% "é"': {"action_type": "continuous", "size": 1},
            "jump": {"action_type": "discrete", "size": 2},
        }
    ] * 2
    message = json.loads(codec(action_space=space).encode_action(np.array([[0.5, 1], [0.25, -1]])))
    assert message["action"] == [{'100% "é"': [0.5], "jump": 1}, {'100% "é"': [0.25], "jump": 0}]


def test_discrete_actions_are_integers() -> None:
    space = [{"jump": {"action_type": "discrete", "size": 3}}] * 2
    payload = codec(action_space=space).encode_action(np.array([[2], [0]]))
    assert payload == b'{"type":"action","action":[{"jump":2},{"jump":0}]}'


def test_images_and_discrete_observations() -> None:
    space = [
        {"cam_2d": {"space": "box", "size": [2, 2]}, "mode": {"space": "discrete", "size": 3}}
    ] * 2
    described = codec(observation_space=space)
    payload = step(obs=[{"cam_2d": "00010203", "mode": 2}, {"cam_2d": "fffefdfc", "mode": [0]}])
    result = described.decode_step(memoryview(payload.replace(b'"final_obs"', b'"other"')))
    assert result.obs["cam_2d"].dtype == np.uint8
    assert result.obs["cam_2d"].tolist() == [[[0, 1], [2, 3]], [[255, 254], [253, 252]]]
    assert result.obs["mode"].tolist() == [2, 0]
    for image, text in [
        ("0001", "has 2 elements, expected 4"),
        ("zz", "no string of hexadecimal bytes"),
        (None, "no string of hexadecimal bytes"),
    ]:
        broken = step(obs=[{"cam_2d": image, "mode": 0}] * 2, final_obs="absent")
        with pytest.raises(ObservationError, match=text):
            described.decode_step(memoryview(broken))
    broken = step(obs=[{"cam_2d": "00010203", "mode": 3}] * 2, final_obs="absent")
    with pytest.raises(ObservationError, match="'mode' is 3, expected a whole number from 0 to 2"):
        described.decode_step(memoryview(broken))


def test_reset() -> None:
    message = {"type": "reset", "obs": [{"obs": [1, 2, 3, 4]}] * 2, "info": [{"a": 1}, {}]}
    result = codec().decode_reset(memoryview(json.dumps(message).encode()))
    assert result.obs["obs"].tolist() == [[1, 2, 3, 4]] * 2
    assert result.infos == [{"a": 1}, {}]


def test_nested_shapes() -> None:
    space = [{"grid": {"space": "box", "size": [2, 2]}}] * 2
    nested = step(obs=[{"grid": [[1, 2], [3, 4]]}, {"grid": [[5, 6], [7, 8]]}], final_obs="absent")
    flat = step(obs=[{"grid": [1, 2, 3, 4]}, {"grid": [5, 6, 7, 8]}], final_obs="absent")
    for payload in (nested, flat):
        result = codec(observation_space=space).decode_step(memoryview(payload))
        assert result.obs["grid"].shape == (2, 2, 2)
        assert result.obs["grid"][1, 0].tolist() == [5, 6]


def test_error_message_of_the_engine() -> None:
    with pytest.raises(EngineDiedError, match="the engine reports: no AIController in the scene"):
        decode_message(b'{"type":"error","message":"no AIController\\n in the scene"}', "env_info")
    with pytest.raises(ObservationError, match="agent 1: 'obs' holds NaN"):
        decode_message(
            b'{"type":"error","code":"observation","message":"agent 1: \'obs\' holds NaN"}', "x"
        )


@pytest.mark.parametrize("code", [b"", b',"code":"fire"', b',"code":["observation"]'])
def test_the_wording_of_an_error_decides_nothing(code: bytes) -> None:
    payload = b'{"type":"error","message":"the observation deck burnt down"' + code + b"}"
    with pytest.raises(EngineDiedError, match="observation deck"):
        decode_message(payload, "step")


@pytest.mark.parametrize("protocol", [0, 2, None, "1"])
def test_other_protocol_version_is_refused_with_both_versions(protocol: Any) -> None:
    with pytest.raises(ProtocolVersionError, match=f"speaks protocol {protocol!r}.* speaks 1"):
        info(spacetime_rl={"protocol": protocol})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"n_agents": 0}, "no agent to train"),
        ({"n_agents": "2"}, "n_agents is '2'"),
        ({"n_agents": 1e9}, "at most"),
        ({"n_agents": 3}, "observation_space must be a list of 3|agent_policy_names"),
        ({"agent_policy_names": ["a"]}, "must hold 2 names"),
        ({"spacetime_rl": []}, "expected a dictionary"),
        ({"spacetime_rl": {"protocol": 1, "arenas": "many"}}, "holds a wrong value"),
    ],
)
def test_malformed_env_info(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        info(**changes)


def test_control_messages_refuse_what_json_cannot_hold() -> None:
    assert encode_message({"type": "call", "args": [1, "é"]})
    for value in (float("nan"), object()):
        with pytest.raises(ProtocolError, match="cannot be written as JSON"):
            encode_message({"type": "call", "args": [value]})
