"""Freeze tag between VR players: the chaser and the runners learn a policy each.

The scene, its observation table, its rewards and its parameters: scenes/multi_agent_vr/README.md.
"""

from __future__ import annotations

from rl_training.scenarios.multi_agent_vr import METRICS, REWARD_TERMS
from rl_training.scenarios.scenario import Scenario

SCENARIO = Scenario(
    name="multi_agent_vr_tag",
    scene_path="res://scenes/multi_agent_vr/multi_agent_vr_tag.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=24.0,
    reward_terms=REWARD_TERMS,
    metrics=METRICS,
    settings={
        "actions": {"log_std_init": -0.5, "log_std_final": -2.0},
        "training": {"timesteps": 2_000_000},
    },
)
