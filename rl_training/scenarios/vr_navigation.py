"""VR navigation: find the way to a goal, comfortably, on courses of eight kinds.

The scene, its observation table, its rewards and its parameters: scenes/vr_navigation/README.md.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

SCENARIO = Scenario(
    name="vr_navigation",
    scene_path="res://scenes/vr_navigation/vr_navigation.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=60.0,
    reward_terms=(
        "goal",
        "progress",
        "smooth_movement",
        "comfort",
        "collision",
        "fall",
        "time_out",
        "excessive_teleport",
    ),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("collisions", higher_is_better=False),
        Metric("comfort", higher_is_better=True),
        Metric("comfort_events", higher_is_better=False),
        Metric("falls", higher_is_better=False),
        Metric("path_efficiency", higher_is_better=True),
        Metric("course_time", higher_is_better=False, unit="s"),
        Metric("teleports", higher_is_better=False),
    ),
    shorter_is_better=True,
    # One run each, then 16 courses of each kind at difficulty 0.5. With tanh, a learning rate of
    # 1e-3, 600 decisions and difficulty 0.5, 230,000 steps walked corridors, slaloms, platforms and
    # ramps in 0 to 12 %: who stands still before the first wall is cut off too rarely. With these
    # and difficulty 0 to 0.7, 205,000 steps walked them in 12 to 56 %; the other kinds 100 % both.
    settings={
        "network": {"net_arch": [256, 256], "activation": "relu"},
        "algorithm": {"learning_rate": 7e-4, "n_epochs": 4},
        # Noise that is annealed away: the policy that ships is the deterministic one.
        "actions": {"log_std_init": -0.5, "log_std_final": -2.0},
        "parameters": {"episode_decisions": 300},
    },
)
