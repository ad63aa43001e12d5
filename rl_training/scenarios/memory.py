"""Memory: a lamp at the entrance says which door to take at the end of the corridor.

A policy without memory is right half of the time; the scene is for recurrent ones. The scene, its
observation and its reward: scenes/features/memory/README.md.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

SCENARIO = Scenario(
    name="memory",
    scene_path="res://scenes/features/memory/memory.tscn",
    action_repeat=6,
    physics_ticks_per_second=90,
    time_limit_s=600 / 90,
    reward_terms=("choice",),
    metrics=(Metric("success", higher_is_better=True),),
    settings={
        "algorithm": {"name": "recurrent_ppo"},
        "environment": {"num_envs": 1, "arenas": 64},
        "training": {"timesteps": 60_000},
    },
)
