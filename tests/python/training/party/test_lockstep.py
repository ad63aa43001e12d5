"""Views of groups: rows, resets, empty seats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rl_training.envs.groups import GroupStep
from rl_training.envs.seats import SeatMonitor
from rl_training.errors import HarnessError
from rl_training.training.party.lockstep import Lockstep
from tests.python.training.party.group_world import GroupWorld


class _Waiting(GroupWorld):
    """Agents of arena 0 end at the third decision, wait for two more and begin again."""

    def step_groups(self, actions: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        told = super().step_groups(actions)
        place = self.steps % 5
        done = np.array([place == 3, False])
        there = np.array([place not in (3, 4), True])
        infos: list[dict[str, Any]] = [{}, {}]
        if place == 3:
            infos[0] = {"terminal_observation": {}, "TimeLimit.truncated": False}
        return {
            name: replace(
                step,
                rewards=np.where([place in (1, 2, 3), True], 1.0, 0.0).astype(np.float32),
                terminated=done,
                truncated=np.zeros(2, np.bool_),
                infos=infos,
                present=there,
                joined=np.array([place == 0, False]),
            )
            for name, step in told.items()
        }


def test_nothing_is_counted_where_nobody_sits() -> None:
    lockstep = Lockstep(_Waiting(arenas=2), [["chaser"]])
    env = SeatMonitor(lockstep.views[0])
    env.reset()
    lengths = []
    for _ in range(20):
        _, _, dones, infos = env.step(np.zeros((2, 2), np.float32))
        if dones[0]:
            lengths.append((infos[0]["episode"]["l"], infos[0]["episode"]["r"]))
    # Three decisions each; the waiting is not the next episode's.
    assert lengths == [(3, 3.0)] * 4
    assert env.episode_lengths[1] == 20


def test_a_view_of_several_groups_keeps_their_rows_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    world = GroupWorld(arenas=3, names=("runner", "chaser", "runnerx"))
    lockstep = Lockstep(world, [["runner", "runnerx"]])
    view = lockstep.views[0]
    assert view.num_envs == 6
    assert view.rows == [0, 1, 2, 6, 7, 8]
    first: Any = view.reset()
    assert first["obs"].shape == (6, 4)
    actions = np.array([[0], [0], [0], [2], [2], [2]])
    seen: dict[str, Any] = {}
    real = world.step_groups

    def noted(given: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        seen.update(given)
        return real(given)

    monkeypatch.setattr(world, "step_groups", noted)
    obs: Any
    obs, rewards, dones, infos = view.step(actions)
    assert seen["runner"].tolist() == [[0]] * 3
    assert seen["runnerx"].tolist() == [[2]] * 3
    assert (obs["obs"].shape, rewards.shape, dones.shape, len(infos)) == ((6, 4), (6,), (6,), 6)


def test_one_policy_is_not_reset_without_the_others() -> None:
    lockstep = Lockstep(GroupWorld(arenas=2), [["chaser"], ["runner"]])
    for view in lockstep.views:
        view.reset()
    with pytest.raises(HarnessError, match="cannot be reset without the others"):
        lockstep.views[0].reset()


def test_a_lone_view_resets_seeds_and_closes() -> None:
    world = GroupWorld(arenas=2)
    (view,) = Lockstep(world, [["chaser"]]).views
    view.seed(7)
    view.reset()
    view.reset()
    view.close()
    assert world.told == [("seed", 7), "reset", "reset"]
    assert world.closed == 1
