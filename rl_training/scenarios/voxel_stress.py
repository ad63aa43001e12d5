"""Voxel stress: run and leap over voxel terrain so that the game has the hardest time.

The scene, its observation table, its rewards and its planted bugs: scenes/voxel_stress/README.md.
"""

from __future__ import annotations

from rl_training.scenarios.scenario import Metric, Scenario

SCENARIO = Scenario(
    name="voxel_stress",
    scene_path="res://scenes/voxel_stress/voxel_stress.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=30.0,
    reward_terms=(
        "frame_over_budget",
        "slow_chunk",
        "many_chunks",
        "chunk_generated",
        "speed",
        "known_bug",
    ),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("chunks_generated", higher_is_better=True),
        Metric("slow_chunks", higher_is_better=True),
        Metric("frames_over_budget", higher_is_better=True),
        Metric("longest_frame_ms", higher_is_better=True, unit="ms"),
        Metric("most_chunks", higher_is_better=True),
        Metric("voxel_memory_mb", higher_is_better=True, unit="MB"),
        Metric("mean_speed", higher_is_better=True, unit="m/s"),
        Metric("leaps", higher_is_better=True),
        Metric("findings", higher_is_better=True),
    ),
    planted_bugs={
        "bug_slow_chunk": "slow_chunk",
        "bug_lod_seam": "lod_seam",
        "bug_leak": "memory_leak",
        "bug_stuck": "stuck",
    },
    settings={
        # A copy makes thousands of chunks an episode: few copies are enough for two cores.
        "environment": {"num_envs": 2, "arenas": 8},
        # Much entropy, so that it goes on trying ways to stress the game. The noise has a bound
        # that falls over the run, since the policy that ships is the deterministic one.
        "algorithm": {"ent_coef": 0.1, "rollout_size": 2048, "batch_size": 256, "gamma": 0.98},
        "actions": {"log_std_init": -0.5, "log_std_final": -1.5},
        # Times as sums of work, since copies that share a core would measure each other; on slow
        # and fast machines, for the policy is to play by the clock of any. Below 6 no chunk of a
        # world without bugs is too slow.
        "parameters": {
            "measured_times": 0,
            "work_cost": {"sampler": "uniform", "low": 0.5, "high": 6.0},
        },
        "evaluation": {"every": 25_000, "episodes": 8},
        "training": {"timesteps": 300_000},
    },
)
