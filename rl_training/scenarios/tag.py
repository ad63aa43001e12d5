"""Tag: a runner that goes anywhere at once, and a faster chaser that drives like a car.

Two groups of unlike agents in one scene, each with a policy of its own. The scene, its observations
and its rewards: scenes/features/tag/README.md.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

SCENARIO = Scenario(
    name="tag",
    scene_path="res://scenes/features/tag/tag.tscn",
    action_repeat=6,
    physics_ticks_per_second=90,
    time_limit_s=8.0,
    reward_terms=("distance", "round"),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("round_time", higher_is_better=True, unit="s"),
    ),
    settings={"training": {"timesteps": 2_000_000}},
)
