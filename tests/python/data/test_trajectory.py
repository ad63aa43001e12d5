"""`Trajectory`: what it refuses and says, parts of it, jumps of its clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.data.trajectory import (
    Trajectory,
    require_one_form,
    split_at_jumps,
)
from rl_training.errors import DataError


def made(steps: int = 4, **changes: Any) -> Trajectory:
    values: dict[str, Any] = {
        "observations": {"obs": np.arange((steps + 1) * 3, dtype=np.float32).reshape(-1, 3)},
        "actions": np.arange(steps * 2, dtype=np.float32).reshape(-1, 2),
        "rewards": np.arange(steps, dtype=np.float64),
        "terminated": True,
    }
    return Trajectory(**{**values, **changes})


def test_it_tells_what_it_holds() -> None:
    one = made(infos={3: {"is_success": True}, 1: {"hit": 1}}, seed=7, parameters={"wind": 2})
    assert len(one) == 4
    assert one.episode_return == 6.0
    assert one.success is True
    assert one.parameters == {"wind": 2.0}
    assert str(one.form) == "obs (3,) float32; actions (2,) float32"
    assert made().success is None


def test_a_lone_observation_gets_a_key() -> None:
    lone: Any = np.zeros((5, 3), np.float32)
    assert list(made(observations=lone).observations) == ["obs"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"observations": {}}, "needs an observation"),
        ({"observations": {"obs": np.zeros((4, 3))}}, "'obs' must have 5 rows for 4 actions"),
        ({"observations": {"obs": [[1.0], [1.0, 2.0]]}}, "rows differ in length"),
        ({"observations": {"obs": np.array(["a"] * 5)}}, "must hold numbers; found str"),
        ({"rewards": np.zeros(3)}, r"rewards must be \(4,\) for 4 actions; found \(3,\)"),
        ({"rewards": [0.0, np.nan, 0.0, 0.0]}, "rewards: nan at 1; expected finite"),
        ({"actions": np.zeros((0, 2))}, "needs a decision"),
        ({"actions": np.full((4, 2), np.inf)}, r"actions: inf at \[0, 0\]"),
        ({"infos": {4: {}}}, "infos name decision 4 of 4"),
        ({"parameters": {"wind": float("nan")}}, "the parameter 'wind' is nan"),
        ({"times": np.zeros(4)}, r"times must be \(5,\); found \(4,\)"),
        ({"times": [0.0, 1.0, 2.0, 0.5, 3.0]}, "clock jumps back by 1.500 s at decision 2"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        made(**changes)
    assert "\n" not in str(caught.value)


def test_a_part_ends_as_the_whole_only_where_they_meet() -> None:
    whole = made(6, infos={5: {"is_success": True}, 2: {"hit": 1}}, times=np.arange(7.0))
    first, last = whole.part(0, 3), whole.part(3, 6)
    assert (first.terminated, first.truncated, first.success) == (False, True, None)
    assert (last.terminated, last.truncated, last.success) == (True, False, True)
    assert first.infos == {2: {"hit": 1}}
    np.testing.assert_array_equal(last.observations["obs"], whole.observations["obs"][3:])
    np.testing.assert_array_equal(last.times, [3.0, 4.0, 5.0, 6.0])


def test_a_jump_of_the_clock_splits() -> None:
    times = np.array([0.0, 0.1, 0.2, 5.0, 5.1, 5.2, 5.3])
    one = made(6, times=times)
    assert one.clock_jumps() == [2]
    first, second = split_at_jumps(one)
    assert (len(first), len(second)) == (2, 3)
    np.testing.assert_array_equal(second.actions, one.actions[3:])
    assert split_at_jumps(made())[0].times is None


def test_unlike_trajectories_are_named() -> None:
    with pytest.raises(DataError, match="number 2, have other"):
        require_one_form([made(), made(), made(observations={"other": np.zeros(5)})])
    with pytest.raises(DataError, match="no trajectories"):
        require_one_form([])
