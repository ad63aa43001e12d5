"""Spacecraft landing: bring a lander softly onto a pad, with little fuel.

The scene, its observation table, its rewards and its parameters:
scenes/spacecraft_landing/README.md.
"""

from __future__ import annotations

from typing import Any

from rl_training.scenarios.scenario import Metric, Scenario

# Who pays the full price of a crash while it still acts by noise learns to hover: first learn to
# come down, to brake and to hit the pad, then to fear the crash and to save fuel. Fuel has a price
# from the start, since without it flights take twice their time.
_FROM_BOLD_TO_THRIFTY: dict[str, Any] = {
    "reward_crash": {"schedule": [[0, -5.0], [1_500_000, -5.0], [2_200_000, -50.0]]},
    "reward_time_out": -50.0,
    "reward_fuel": {"schedule": [[0, -0.1], [1_200_000, -0.1], [2_200_000, -2.0]]},
    # Nobody reads the findings of a training.
    "watch": 0.0,
}

SCENARIO = Scenario(
    name="spacecraft_landing",
    scene_path="res://scenes/spacecraft_landing/spacecraft_landing.tscn",
    action_repeat=18,
    physics_ticks_per_second=90,
    time_limit_s=100.0,
    reward_terms=(
        "fuel",
        "proximity",
        "controlled_descent",
        "soft_touchdown",
        "hard_touchdown",
        "crash",
        "on_pad",
        "time_out",
        "progress",
        "aim",
        "excess_speed",
        "tilt",
        "walk",
    ),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("soft", higher_is_better=True),
        Metric("hard", higher_is_better=False),
        Metric("crash", higher_is_better=False),
        Metric("fuel_efficiency", higher_is_better=True),
        Metric("fuel_used", higher_is_better=False, unit="kg"),
        Metric("touchdown_speed", higher_is_better=False, unit="m/s"),
        Metric("touchdown_distance", higher_is_better=False, unit="m"),
        Metric("flight_time", higher_is_better=False, unit="s"),
    ),
    shorter_is_better=True,
    # 1 until the ground is nearer than 100 m.
    rarely_change=("ground_ray",),
    planted_bugs={
        "bug_leg_tunnelling": "tunnelling",
        "bug_free_thrust": "energy_gain",
        "bug_dead_gyro": "dead_control",
        "bug_origin_jump": "teleport",
    },
    settings={
        "network": {"net_arch": [128, 128], "activation": "tanh"},
        "algorithm": {
            "learning_rate": 7e-4,
            "gamma": 0.99,
            "rollout_size": 16384,
            "batch_size": 1024,
            "n_epochs": 6,
        },
        # Noise that is annealed away: the policy that ships is the deterministic one.
        "actions": {"log_std_init": -0.5, "log_std_final": -2.0},
        "parameters": _FROM_BOLD_TO_THRIFTY,
        "training": {"timesteps": 3_000_000},
    },
)
