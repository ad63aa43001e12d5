"""Lunabotics: cross a field of rocks and craters, dig out orbs, and lay them on the berm.

It lives twice: N NumPy worlds in one process (`LunaboticsVecEnv`), and a Godot 2D scene in which
what was learned must hold. docs/lunabotics.md tells how the two fit; the observation table, the
rewards and the ends are in scenes/lunabotics/README.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rl_training.lazy_names import lazy_names
from rl_training.scenarios.lunabotics.constants import (
    ACTION_REPEAT,
    REWARDS,
    TICKS_PER_SECOND,
)
from rl_training.scenarios.scenario import Metric, NumpyTwin, Scenario

if TYPE_CHECKING:
    from rl_training.scenarios.lunabotics.gym_envs import LunaboticsEnv, LunaboticsVectorEnv
    from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv

__all__ = ["SCENARIO", "LunaboticsEnv", "LunaboticsVecEnv", "LunaboticsVectorEnv"]

_WORLD = ("world_width", "world_height", "max_speed", "num_rocks", "num_orbs", "dt")

# Who pays the full price of a touch while it still acts by noise learns to stand still.
_FROM_BOLD_TO_CAREFUL: dict[str, Any] = {
    "reward_obstacle": {
        "lessons": [
            {
                "value": -1.0,
                "also": {"num_rocks": 0, "reward_wall": -0.5},
                "go_on": {"threshold": 0.6},
            },
            {
                "value": -2.0,
                "also": {"num_rocks": "uniform(0, 7)", "reward_wall": -1.0},
                "go_on": {"threshold": 0.8},
            },
            {"value": -10.0, "also": {"num_rocks": 7, "reward_wall": -5.0}},
        ]
    }
}

SCENARIO = Scenario(
    name="lunabotics",
    scene_path="res://scenes/lunabotics/lunabotics.tscn",
    action_repeat=ACTION_REPEAT,
    physics_ticks_per_second=TICKS_PER_SECOND,
    time_limit_s=30.0,
    reward_terms=tuple(REWARDS),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("orbs_deposited", higher_is_better=True),
        Metric("obstacle_contacts", higher_is_better=False),
        Metric("wall_contacts", higher_is_better=False),
        Metric("first_deposit_time", higher_is_better=False, unit="s"),
    ),
    twin=NumpyTwin("rl_training.scenarios.lunabotics.vec_env:LunaboticsVecEnv", worlds=512),
    other_names={
        **{f"environment.{name}": f"parameters.{name}" for name in _WORLD},
        **{f"rewards.{term}": f"parameters.reward_{term}" for term in REWARDS},
        "training.learning_rate": "algorithm.learning_rate",
        "training.batch_size": "algorithm.batch_size",
        "training.num_epochs": "algorithm.n_epochs",
        "training.discount": "algorithm.gamma",
        "training.lambda_gae": "algorithm.gae_lambda",
        "training.layers": "network.net_arch",
    },
    settings={
        "network": {"net_arch": [64, 64], "activation": "relu"},
        "algorithm": {
            "learning_rate": 1e-3,
            "gamma": 0.99,
            "n_epochs": 3,
            "batch_size": 8192,
            "rollout_size": 32768,
        },
        # The scoop works from a threshold on: noise that is annealed away, so that the policy that
        # ships does not wait for it.
        "actions": {"log_std_init": -0.3, "log_std_final": -2.3},
        "curriculum": _FROM_BOLD_TO_CAREFUL,
        "training": {"timesteps": 30_000_000, "save_frequency": 5_000_000},
    },
)

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "LunaboticsEnv": "rl_training.scenarios.lunabotics.gym_envs",
        "LunaboticsVecEnv": "rl_training.scenarios.lunabotics.vec_env",
        "LunaboticsVectorEnv": "rl_training.scenarios.lunabotics.gym_envs",
    },
)
