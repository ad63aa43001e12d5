"""UI interaction: walk a VR menu, test all that is on it, report what does not answer.

The scene, its observation table, its rewards and its parameters: scenes/ui_interaction/README.md.
"""

from __future__ import annotations

from typing import Any

from rl_training.scenarios.scenario import Metric, Scenario

# First small menus, whose end is reached by chance, then all sizes.
_FROM_SMALL_TO_WHOLE: dict[str, Any] = {
    "menu_size": {
        "schedule": [
            [0, {"sampler": "uniform", "low": 0.0, "high": 0.4}],
            [300_000, {"sampler": "uniform", "low": 0.0, "high": 1.0}],
        ]
    },
    "episode_decisions": {"schedule": [[0, 300.0], [300_000, 600.0], [700_000, 900.0]]},
}

SCENARIO = Scenario(
    name="ui_interaction",
    scene_path="res://scenes/ui_interaction/ui_interaction.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=90.0,
    reward_terms=(
        "page",
        "sequence",
        "element",
        "unanswered",
        "complete",
        "approach",
        "miss",
        "time",
    ),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("pages", higher_is_better=True),
        Metric("elements", higher_is_better=True),
        Metric("sequences", higher_is_better=True),
        Metric("findings", higher_is_better=False),
        Metric("clicks", higher_is_better=False),
        Metric("hit_rate", higher_is_better=True),
        Metric("pointer_error", higher_is_better=False, unit="mm"),
        Metric("episode_time", higher_is_better=False, unit="s"),
    ),
    shorter_is_better=True,
    rarely_change=("depth", "grabs", *(f"element_{slot}_visible" for slot in range(8))),
    settings={
        "network": {"net_arch": [128, 128], "activation": "relu"},
        "algorithm": {"learning_rate": 7e-4, "gamma": 0.98, "n_epochs": 6, "batch_size": 1024},
        "actions": {"log_std_init": -0.7, "log_std_final": -2.5},
        "parameters": _FROM_SMALL_TO_WHOLE,
        "training": {"timesteps": 1_500_000},
    },
    planted_bugs={
        "bug_dead_button": "dead_element",
        "bug_lost_setting": "setting_lost",
        "bug_no_way_back": "page_without_exit",
        "bug_hidden_element": "covered_element",
        "bug_double_open": "inconsistent_navigation",
    },
)
