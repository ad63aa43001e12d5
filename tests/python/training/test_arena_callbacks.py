"""What arenas tell at an episode's end becomes scalars."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from rl_training.training.arena_callbacks import OpponentsCallback, ParametersCallback


def _rollout(callback: BaseCallback, *infos: dict[str, Any]) -> dict[str, float]:
    """Let so many agents end an episode in one decision; return what is logged of the rollout."""
    model: Any = SimpleNamespace(logger=Logger(None, []), num_timesteps=0, get_env=lambda: None)
    callback.model = model
    callback.locals = {"infos": list(infos), "dones": np.ones(len(infos), np.bool_)}
    callback.on_step()
    callback.on_rollout_end()
    return dict(model.logger.name_to_value)


def test_parameters_are_means_of_a_rollout() -> None:
    callback = ParametersCallback()
    many = [{"parameters": {"wind": float(i % 2), "sun": 3}} for i in range(100)]
    assert _rollout(callback, *many) == {"parameters/wind": 0.5, "parameters/sun": 3.0}
    assert _rollout(callback, {"parameters": {"wind": 7.0}}) == {"parameters/wind": 7.0}
    # A few add up, as in the rollouts of a learner with a replay buffer.
    assert _rollout(callback, {"parameters": {"wind": 8.0}}) == {"parameters/wind": 7.5}


@pytest.mark.parametrize("told", [None, [], 3, {"wind": "strong"}, {"wind": float("nan")}])
def test_what_is_no_number_is_left_out(told: Any) -> None:
    assert _rollout(ParametersCallback(), {"parameters": told}, {}) == {}


def test_opponents_are_told_by_their_policy() -> None:
    def row(policy: str, gain: float, info: dict[str, Any]) -> dict[str, Any]:
        return {"policy": policy, "return": gain, "decisions": 4, "info": info}

    callback = OpponentsCallback()
    found = _rollout(
        callback,
        {"opponents": [row("old", 1.0, {"is_success": True}), row("new", -1.0, {})]},
        {"opponents": [row("old", 3.0, {"is_success": False})]},
        {"opponents": "none"},
        {},
    )
    assert found == {
        "opponents/old/episodes": 2,
        "opponents/old/return_mean": 2.0,
        "opponents/old/length_mean": 4.0,
        "opponents/old/win_rate": 0.5,
        "opponents/new/episodes": 1,
        "opponents/new/return_mean": -1.0,
        "opponents/new/length_mean": 4.0,
    }
