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
        "centring",
        "excess_speed",
        "tilt",
    ),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("soft", higher_is_better=True),
        Metric("crash", higher_is_better=False),
        Metric("touchdown_speed", higher_is_better=False, unit="m/s"),
        Metric("touchdown_distance", higher_is_better=False, unit="m"),
        Metric("fuel_used", higher_is_better=False, unit="kg"),
        Metric("flight_time", higher_is_better=False, unit="s"),
    ),
    shorter_is_better=True,
    settings={
        "network": {"net_arch": [128, 128]},
        "algorithm": {"learning_rate": 7e-4, "gamma": 0.997, "n_epochs": 6, "batch_size": 1024},
        "actions": {"log_std_init": -0.5, "log_std_final": -2.0},
        "training": {"timesteps": 2_000_000},
    },
)
