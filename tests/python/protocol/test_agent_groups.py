"""Groups of agents in `env_info`: told by our addon, or found from names and spaces."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rl_training.errors import ActionSpaceError, ObservationError, ProtocolError, UsageError
from rl_training.protocol.json_codec import JsonCodec
from rl_training.protocol.messages import EnvInfo, parse_env_info

NEAR = {"obs": {"space": "box", "size": [2]}}
FAR = {"obs": {"space": "box", "size": [3]}}
MOVE = {"move": {"action_type": "continuous", "size": 1}}
KEYS = {"key": {"action_type": "discrete", "size": 3}}


def described(
    agents: list[tuple[str, dict[str, Any], dict[str, Any]]], **told: Any
) -> dict[str, Any]:
    """Return the `env_info` of (policy, observation, actions); `told`: what our addon adds."""
    message: dict[str, Any] = {
        "type": "env_info",
        "n_agents": len(agents),
        "observation_space": [agent[1] for agent in agents],
        "action_space": [agent[2] for agent in agents],
        "agent_policy_names": [agent[0] for agent in agents],
    }
    if told:
        message["spacetime_rl"] = {"protocol": 1, **told}
    return message


def group(name: str, first: int, count: int, layout: int) -> dict[str, Any]:
    return {"name": name, "first": first, "count": count, "layout": layout}


MIXED = [("cat", NEAR, MOVE), ("mouse", FAR, KEYS), ("cat", NEAR, MOVE), ("dog", NEAR, MOVE)]


def mixed() -> EnvInfo:
    return parse_env_info(described(MIXED))


def test_they_follow_from_names_and_spaces() -> None:
    info = mixed()
    assert [(g.name, g.agents, g.layout) for g in info.groups] == [
        ("cat", (0, 2), 0),
        ("mouse", (1,), 1),
        ("dog", (3,), 0),
    ]
    assert [layout.agents for layout in info.layouts] == [(0, 2, 3), (1,)]
    assert info.arenas == (0, 0, 0, 0)
    assert info.paths == ()
    assert info.harness is None


def test_flat_spaces_of_unlike_agents_name_the_groups() -> None:
    with pytest.raises(UsageError, match=r"env.group\(name\).*'cat', 'mouse', 'dog'"):
        _ = mixed().observations


def test_a_conversation_of_mixed_rows_over_json() -> None:
    """The stock plugin numbers agents in the order of the tree."""
    codec = JsonCodec(mixed())
    sent = codec.encode_action(np.array([[0.0], [0.25], [0.5]]), np.array([[2]]))
    assert json.loads(sent)["action"] == [
        {"move": [0.0]},
        {"key": 2},
        {"move": [0.25]},
        {"move": [0.5]},
    ]
    rows = [[0, 1], [10, 11, 12], [20, 21], [30, 31]]
    step = codec.decode_step(
        json.dumps(
            {
                "type": "step",
                "obs": [{"obs": row} for row in rows],
                "reward": [0, 1, 2, 3],
                "done": [False, True, False, True],
                "terminated": [False, True, False, False],
                "truncated": [False, False, False, True],
                "final_obs": [None, {"obs": rows[1]}, None, {"obs": rows[3]}],
                "info": [{}, {}, {"absent": "it left"}, {}],
            }
        ).encode()  # type: ignore[arg-type]
    )
    assert [layout["obs"].tolist() for layout in step.layouts] == [
        [rows[0], rows[2], rows[3]],
        [rows[1]],
    ]
    assert [layout["obs"].tolist() for layout in step.finals] == [[rows[3]], [rows[1]]]
    assert step.final_agents == (1, 3)
    assert step.absent is not None
    assert step.absent.tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("other", "error", "text"),
    [
        (
            ("cat", FAR, MOVE),
            ObservationError,
            r"agent 1 declares the observation \{obs: box \[3\]\}, agent 0 \{obs: box \[2\]\}; "
            r"agents of one policy \('cat'\) must declare the same: give unlike agents a "
            "policy_name each",
        ),
        (
            ("cat", NEAR, KEYS),
            ActionSpaceError,
            r"agent 1 declares the actions \{key: discrete 3\}, agent 0 \{move: continuous 1\}; "
            r"agents of one policy \('cat'\)",
        ),
    ],
)
def test_unlike_agents_of_one_policy_are_refused(other: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        parse_env_info(described([("cat", NEAR, MOVE), other]))


def test_what_our_addon_tells() -> None:
    agents = [("cat", NEAR, MOVE)] * 2 + [("dog", NEAR, MOVE)] + [("mouse", FAR, KEYS)] * 2
    info = parse_env_info(
        described(
            agents,
            transport="binary2",
            arenas=2,
            groups=[
                group("cat", 0, 2, 0),
                group("dog", 2, 1, 0),
                group("owl", 3, 0, 1),
                group("mouse", 3, 2, 2),
            ],
            agent_arenas=[0, 1, 0, 0, 1.0],
            agent_paths=["Cat", "Cat", "Dog", "Den/Mouse", "Den/Mouse"],
            arena_episodes="last",
            parameters={"gravity": 3},
        )
    )
    assert [(g.name, g.agents, g.layout) for g in info.groups] == [
        ("cat", (0, 1), 0),
        ("dog", (2,), 0),
        ("mouse", (3, 4), 1),
    ]
    assert info.arenas == (0, 1, 0, 0, 1)
    assert info.paths[3] == "Den/Mouse"
    assert info.harness is not None
    assert info.harness.takes_orders
    assert info.harness.arena_episodes == "last"
    assert info.harness.parameters == {"gravity": 3.0}


def test_an_older_addon_numbers_agents_arena_by_arena() -> None:
    info = parse_env_info(described([("cat", NEAR, MOVE)] * 6, transport="binary1", arenas=3))
    assert info.arenas == (0, 0, 1, 1, 2, 2)
    assert info.harness is not None
    assert not info.harness.takes_orders


PAIR = [("cat", NEAR, MOVE), ("mouse", FAR, KEYS)]
GOOD = [group("cat", 0, 1, 0), group("mouse", 1, 1, 1)]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"groups": "two"}, "groups is 'two', expected a list"),
        ({"groups": [{"name": "cat"}]}, "a group is .*, expected name, first, count and layout"),
        ({"groups": [group("cat", 0, 1, 0), group("mouse", 2, 1, 1)]}, "begins at agent 2"),
        ({"groups": [group("cat", 0, 1, 0), group("mouse", 1, 1, 2)]}, "with layout 2, expected"),
        ({"groups": [group("cat", 0, 1, 0), group("mouse", 1, 1, 0)]}, "declare different spaces"),
        ({"groups": [group("cat", 0, 2, 0)]}, "agent_policy_names tells others"),
        ({"groups": [group("cat", 0, 1, 0)]}, "the groups have 1 agents, the scene has 2"),
        ({"groups": [group("cat", 0, 1, 0), group("cat", 1, 0, 0)]}, "two groups are called 'cat'"),
        ({"groups": [group("cat", 0, -1, 0)]}, "expected name, first, count and layout"),
        ({"groups": [group("cat", 0, float("inf"), 0)]}, "expected name, first, count and layout"),  # type: ignore[arg-type]
        ({"agent_arenas": [0, 1]}, "agent_arenas must be a list of 2 numbers from 0 to 0"),
        ({"agent_arenas": [0, 0.5]}, "agent_arenas must be a list of 2 numbers"),
        ({"agent_arenas": [0]}, "agent_arenas must be a list of 2 numbers"),
        ({"agent_paths": "Cat"}, "agent_paths must be a list of 2 paths"),
        ({"parameters": [1]}, "spacetime_rl holds a wrong value .*parameters is"),
        ({"parameters": {"gravity": "much"}}, "spacetime_rl holds a wrong value"),
        ({"parameters": {"gravity": float("nan")}}, "parameters must be finite"),
        ({"transport": "binary1"}, "chose binary1 for agents that differ"),
    ],
)
def test_what_an_addon_must_not_tell(told: dict[str, Any], text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        parse_env_info(described(PAIR, **{"transport": "binary2", "groups": GOOD, **told}))


def test_a_wrong_action_is_told_with_its_group() -> None:
    codec = JsonCodec(mixed())
    with pytest.raises(ActionSpaceError, match="among the agents of mouse: the action for agent 0"):
        codec.encode_action(np.zeros((3, 1)), np.array([[3]]))
    with pytest.raises(ActionSpaceError, match="for 1 kinds of agents, the scene has 2"):
        codec.encode_action(np.zeros((3, 1)))
