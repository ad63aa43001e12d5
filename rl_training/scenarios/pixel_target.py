"""Pixel target: walk to the red pillar among others, by what a camera sees and nothing else.

The scene, its observation and its rewards: scenes/pixel_target/README.md. It needs a screen: a
virtual one (Xvfb) is taken where there is no other.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

SCENARIO = Scenario(
    name="pixel_target",
    scene_path="res://scenes/pixel_target/pixel_target.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=15.0,
    reward_terms=("target", "wrong", "progress", "time"),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("wrong", higher_is_better=False),
        Metric("course_time", higher_is_better=False, unit="s"),
    ),
    shorter_is_better=True,
    settings={
        "environment": {"arenas": 16},
        "algorithm": {"n_epochs": 4, "gamma": 0.98},
        "actions": {"log_std_init": -0.5, "log_std_final": -1.5},
        "training": {"timesteps": 300_000},
    },
)
