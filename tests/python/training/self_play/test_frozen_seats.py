"""The table of who plays: orders take effect with the next episode, and learners see a gap."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.training.party.frozen_seats import PLAYED_BY, FrozenSeats

OBS = gym.spaces.Dict({"obs": gym.spaces.Box(-1.0, 1.0, (1,), np.float32)})
SPACE = gym.spaces.Discrete(2)


def seats() -> FrozenSeats:
    """Two sides of one agent each, in three arenas."""
    groups = {
        name: AgentGroup(name, (first, first + 1, first + 2), OBS, SPACE, (0, 1, 2), ())
        for name, first in (("left", 0), ("right", 3))
    }
    return FrozenSeats(groups)


def flags(*rows: int) -> Any:
    found = np.zeros(3, np.bool_)
    found[list(rows)] = True
    return found


def step(ended: tuple[int, ...] = (), absent: tuple[int, ...] = (), **more: Any) -> GroupStep:
    values: dict[str, Any] = {
        "obs": {"obs": np.arange(3, dtype=np.float32)[:, None]},
        "rewards": np.ones(3, np.float32),
        "terminated": flags(*ended),
        "truncated": flags(),
        "infos": [{"is_success": True} if row in ended else {} for row in range(3)],
        "present": ~flags(*absent),
        "joined": flags(),
    }
    return GroupStep(**{**values, **more})


def both(right: GroupStep) -> dict[str, GroupStep]:
    return {"left": step(), "right": right}


def test_an_order_waits_for_the_end_of_the_episode() -> None:
    table = seats()
    table.order("right", 1, "old")
    assert table.is_used
    seen = table.stepped(both(step()))["right"]
    assert seen.present.all()
    assert table.player("right", 1) == ""
    # The learner's episode ends: its end counts, the next one is the opponent's.
    seen = table.stepped(both(step(ended=(0, 1))))["right"]
    assert seen.dones.tolist() == [True, True, False]
    assert seen.infos[1] == {"is_success": True}
    assert seen.rewards.tolist() == [1.0, 1.0, 1.0]
    assert seen.present.tolist() == [True, False, True]
    assert table.player("right", 1) == "old"


def test_what_an_opponent_does_is_nobodys_episode() -> None:
    table = seats()
    table.order("right", 1, "old")
    table.stepped(both(step(ended=(1,))))
    ended = step(ended=(1, 2))
    seen = table.stepped({"left": step(ended=(1, 2)), "right": ended})
    assert seen["right"].rewards.tolist() == [1.0, 0.0, 1.0]
    assert seen["right"].dones.tolist() == [False, False, True]
    assert seen["right"].infos[1] == {PLAYED_BY: "old"}
    assert seen["right"].present.tolist() == [True, False, True]
    # The other side and the engines' own arrays are as they were.
    assert seen["left"].dones.tolist() == [False, True, True]
    assert ended.dones.tolist() == [False, True, True]
    assert ended.rewards.tolist() == [1.0, 1.0, 1.0]


def test_the_learner_comes_back_with_a_new_episode() -> None:
    table = seats()
    table.order("right", 1, "old")
    table.stepped(both(step(ended=(1,))))
    table.order("right", 1, "")
    assert not table.stepped(both(step()))["right"].present[1]
    seen = table.stepped(both(step(ended=(1,))))["right"]
    assert seen.present.all()
    assert seen.joined.tolist() == [False, True, False]
    assert not seen.dones.any()
    assert not table.is_used


def test_an_order_that_is_taken_back_changes_nothing() -> None:
    table = seats()
    table.order("right", 1, "old")
    table.order("right", 1, "")
    assert not table.is_used
    assert table.stepped(both(step(ended=(1,))))["right"].present.all()


def test_one_opponent_takes_the_place_of_another() -> None:
    table = seats()
    table.order("right", 1, "old")
    table.stepped(both(step(ended=(1,))))
    table.order("right", 1, "new")
    seen = table.stepped(both(step(ended=(1,))))["right"]
    assert not seen.present[1]
    assert not seen.joined.any()
    assert table.player("right", 1) == "new"


def test_a_reset_begins_all_episodes() -> None:
    table = seats()
    table.order("right", 2, "old")
    first = GroupReset({"obs": np.zeros((3, 1), np.float32)}, [{}, {}, {}], ~flags())
    seen = table.begun({"left": first, "right": first})
    assert seen["right"].present.tolist() == [True, True, False]
    assert seen["left"].present.all()


def test_an_agent_that_waits_for_the_others_is_handed_over_when_it_begins() -> None:
    table = seats()
    table.order("right", 0, "old")
    # It ends and waits ("last"); the order is for the episode after.
    seen = table.stepped(both(step(ended=(0,), absent=(0,))))["right"]
    assert seen.dones[0]
    assert table.player("right", 0) == ""
    table.stepped(both(step(absent=(0,))))
    seen = table.stepped(both(step()))["right"]
    assert table.player("right", 0) == "old"
    assert not seen.present[0]


def test_without_orders_the_steps_are_the_engines() -> None:
    table, told = seats(), both(step(ended=(0,)))
    assert table.stepped(told)["right"] is told["right"]
