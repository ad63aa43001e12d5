"""Several VR players, one policy for all: stay near each other and do not touch.

The scene, its observation table, its rewards and its parameters: scenes/multi_agent_vr/README.md.
The same scene with a policy for each side, and tag to play: multi_agent_vr_tag.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

REWARD_TERMS = (
    "near",
    "approach",
    "touch",
    "bump",
    "chase",
    "tag",
    "tagged",
    "thaw",
    "it_time",
    "frozen_time",
    "win",
)

METRICS = (
    Metric("success", higher_is_better=True),
    Metric("near_share", higher_is_better=True),
    Metric("touches", higher_is_better=False),
    Metric("bumps", higher_is_better=False),
    Metric("tags", higher_is_better=True),
    Metric("caught", higher_is_better=False),
    Metric("round_time", higher_is_better=True, unit="s"),
)

SCENARIO = Scenario(
    name="multi_agent_vr",
    scene_path="res://scenes/multi_agent_vr/multi_agent_vr.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=24.0,
    reward_terms=REWARD_TERMS,
    metrics=METRICS,
    settings={
        "actions": {"log_std_init": -0.5, "log_std_final": -2.0},
        "training": {"timesteps": 2_000_000},
    },
    planted_bugs={
        "bug_ghost_guest": "overlap",
        "bug_sprint": "tunnelling",
        "bug_lost_it": "no_tagger",
        "bug_leaver_leak": "memory_leak",
    },
)
