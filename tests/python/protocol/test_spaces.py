from __future__ import annotations

import copy
import json
import pickle
import re
import struct
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from godot_rl.core.utils import ActionSpaceProcessor

from rl_training.errors import ActionSpaceError, ObservationError
from rl_training.protocol import AgentLayout, GroupInfo
from rl_training.protocol.action_field import ActionField
from rl_training.protocol.binary_codec import BinaryCodec
from rl_training.protocol.hybrid_box import SCORE_BOUND, HybridBox
from rl_training.protocol.json_codec import JsonCodec
from rl_training.protocol.messages import EnvInfo
from rl_training.protocol.spaces import (
    ActionLayout,
    ObservationField,
    ObservationLayout,
    parse_action_layout,
    parse_observation_layout,
)

CONTINUOUS = {"action_type": "continuous", "size": 2}
BINARY = {"action_type": "discrete", "size": 2}
CHOICE = {"action_type": "discrete", "size": 5}


def layout(**declared: Any) -> ActionLayout:
    return parse_action_layout(declared)


@pytest.mark.parametrize(
    "declared",
    [{"a": CONTINUOUS}, {"a": CONTINUOUS, "b": BINARY}, {"a": CHOICE, "b": BINARY}, {"a": CHOICE}],
)
def test_spaces_are_those_of_godot_rl(declared: dict[str, dict[str, Any]]) -> None:
    original = gym.spaces.Tuple(
        [
            gym.spaces.Discrete(spec["size"])
            if spec["action_type"] == "discrete"
            else gym.spaces.Box(low=-1.0, high=1.0, shape=(spec["size"],))
            for spec in declared.values()
        ]
    )
    stock = ActionSpaceProcessor(original, True)
    ours = layout(**declared)
    assert ours.space == stock.action_space
    actions = np.array([ours.space.sample(), ours.space.sample()])
    theirs = stock.to_original_dist(actions)
    columns = np.concatenate([part.reshape(2, -1) for part in theirs], axis=1)
    np.testing.assert_array_equal(ours.to_engine(actions, 2), columns)


def test_choices_beside_continuous_actions_are_scores() -> None:
    mixed = layout(a=CONTINUOUS, b=CHOICE, c=BINARY)
    space = mixed.space
    assert isinstance(space, HybridBox)
    assert mixed.columns == 2 + 5 + 1
    assert str(space) == "HybridBox(a: 2 values, b: 5 choices, c: 2 choices)"
    np.testing.assert_array_equal(space.high, [1, 1, *[SCORE_BOUND] * 5, 1])
    np.testing.assert_array_equal(space.low, -space.high)
    flat = np.array(
        [
            [0.5, -0.25, 0.0, 3.0, -1.0, 3.0, 2.0, -0.1],
            [1.0, 0.0, -5.0, -5.0, -5.0, -4.0, -9.0, 1.0],
        ]
    )
    np.testing.assert_array_equal(mixed.to_engine(flat, 2), [[0.5, -0.25, 1, 0], [1.0, 0.0, 3, 1]])
    with pytest.raises(ActionSpaceError, match=r"shape \(2, 4\), expected \(2, 8\)"):
        mixed.to_engine(flat[:, :4], 2)
    flat[1, 3] = np.nan
    with pytest.raises(ActionSpaceError, match="agent 1 holds nan in column 3"):
        mixed.to_engine(flat, 2)


def test_hybrid_spaces_are_equal_if_their_actions_are() -> None:
    space = layout(a=CONTINUOUS, b=CHOICE).space
    assert space == pickle.loads(pickle.dumps(space)) == copy.deepcopy(space)
    assert space != layout(a=CONTINUOUS, c=CHOICE).space
    box = layout(a=CONTINUOUS, b=BINARY).space
    assert box == gym.spaces.Box(-1.0, 1.0, (3,), np.float32)
    assert gym.spaces.Box(-1.0, 1.0, (3,), np.float32) == box
    with pytest.raises(ActionSpaceError, match="holds continuous and discrete actions"):
        HybridBox(layout(a=CONTINUOUS).fields)


def test_every_choice_of_a_hybrid_space_is_drawn_at_random() -> None:
    mixed = layout(a=CONTINUOUS, b=CHOICE, c=BINARY)
    mixed.space.seed(0)
    rows = np.stack([mixed.space.sample() for _ in range(2000)])
    drawn = mixed.to_engine(rows, 2000)
    shares = np.bincount(drawn[:, 2].astype(int), minlength=5) / 2000
    np.testing.assert_allclose(shares, 0.2, atol=0.04)
    np.testing.assert_allclose(drawn[:, 3].mean(), 0.5, atol=0.05)


def test_the_codecs_send_choices_of_a_hybrid_space() -> None:
    fields = (ActionField("go", "continuous", 1), ActionField("gear", "discrete", 3))
    box = ObservationField("obs", "box", (1,))
    layout = AgentLayout(ObservationLayout((box,)), ActionLayout(fields), (0,))
    info = EnvInfo(1, (layout,), (GroupInfo("p", (0,), 0),), ("p",), (0,))
    row = np.array([[0.5, -2.0, 7.0, 1.0]], np.float32)
    assert json.loads(JsonCodec(info).encode_action(row))["action"] == [{"go": [0.5], "gear": 1}]
    payload = BinaryCodec(info).encode_action(row)
    assert struct.unpack("<fi", payload[8:]) == (0.5, 1)


@pytest.mark.parametrize("kind", ["fuzzy", None, 3])
def test_unknown_action_type(kind: Any) -> None:
    with pytest.raises(
        ActionSpaceError, match=f"action 'a' has the unknown action type {re.escape(repr(kind))}"
    ):
        layout(a={"action_type": kind, "size": 1})


@pytest.mark.parametrize("size", [0, -1, 1.5, "3", None, True, float("inf"), float("nan")])
def test_bad_size(size: Any) -> None:
    with pytest.raises(ActionSpaceError, match="action 'a' declares the size"):
        layout(a={"action_type": "continuous", "size": size})
    with pytest.raises(ObservationError, match="observation 'obs' declares the size"):
        parse_observation_layout({"obs": {"space": "box", "size": [size]}}, {})


def test_no_action_and_no_observation() -> None:
    with pytest.raises(ActionSpaceError, match="declares no action"):
        layout()
    with pytest.raises(ObservationError, match="declares no observation"):
        parse_observation_layout({}, {})


def test_observation_fields() -> None:
    declared = {
        "obs": {"space": "box", "size": [2.0], "low": -5, "high": 5},
        "camera_2d": {"space": "box", "size": [4, 4, 3]},
        "mode": {"space": "discrete", "size": 3},
    }
    parsed = parse_observation_layout(declared, {"obs": ["x", "y"]})
    assert parsed.space == gym.spaces.Dict(
        {
            "camera_2d": gym.spaces.Box(0, 255, (4, 4, 3), np.uint8),
            "mode": gym.spaces.Discrete(3),
            "obs": gym.spaces.Box(-5.0, 5.0, (2,), np.float32),
        }
    )
    assert {field.key: field.names for field in parsed.fields}["obs"] == ("x", "y")


@pytest.mark.parametrize("names", [5, ["only one"], {"a": 1}])
def test_names_that_do_not_fit_are_ignored(names: Any) -> None:
    parsed = parse_observation_layout({"obs": {"space": "box", "size": [2]}}, {"obs": names})
    assert parsed.fields[0].names == ()


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"space": "sphere", "size": [2]}, "unknown space 'sphere'"),
        ({"space": "box", "size": []}, "not usable"),
        ({"space": "box", "size": [2**13, 2**13]}, "not usable"),
        ({"space": "box", "size": [2], "low": 1, "high": 1}, "low 1 and high 1"),
        ({"space": "box", "size": [2], "low": "a"}, "bound 'a'"),
        ("box", "not a dictionary"),
    ],
)
def test_bad_observation_space(spec: Any, text: str) -> None:
    with pytest.raises(ObservationError, match=text):
        parse_observation_layout({"obs": spec}, {})


def test_actions_are_checked() -> None:
    continuous = layout(a=CONTINUOUS)
    with pytest.raises(ActionSpaceError, match=r"shape \(3, 2\), expected \(2, 2\)"):
        continuous.to_engine(np.zeros((3, 2)), 2)
    with pytest.raises(ActionSpaceError, match="agent 1 holds nan in column 0"):
        continuous.to_engine(np.array([[0.0, 0.0], [np.nan, 0.0]]), 2)
    with pytest.raises(ActionSpaceError, match="agent 0 is 5 in 'b', expected 0 to 4"):
        layout(b=CHOICE).to_engine(np.array([[5]]), 1)
    with pytest.raises(ActionSpaceError, match="send integers"):
        layout(b=CHOICE).to_engine(np.array([[0.5]]), 1)
    assert layout(b=BINARY).to_engine(np.array([[0.5], [-0.5]]), 2).tolist() == [[1], [0]]
