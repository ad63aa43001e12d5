"""Spacecraft landing: bring a lander softly onto a pad, with little fuel.

The scene, its observation table, its rewards and its parameters:
scenes/spacecraft_landing/README.md.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

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
        "network": {"net_arch": [64, 64], "activation": "tanh"},
        "algorithm": {
            "learning_rate": 1.5e-3,
            "gamma": 0.99,
            "rollout_size": 16384,
            "batch_size": 4096,
            "n_epochs": 6,
        },
        "actions": {"log_std_init": -0.5, "log_std_final": -2.0},
        # Nobody reads findings of a training.
        "parameters": {"watch": 0.0},
        "training": {"timesteps": 2_000_000},
    },
)
