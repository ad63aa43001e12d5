"""Physics stress: keep a room of loose bodies within its frame budget, or drive it over.

The scene, its observation table, its rewards and its parameters: scenes/physics_stress/README.md.
"""

from __future__ import annotations

from types import MappingProxyType

from rl_training.scenarios.scenario import Metric, Scenario

_LEARNED = {"measure": "success_rate", "threshold": 0.7, "min_episodes": 64}

SCENARIO = Scenario(
    name="physics_stress",
    scene_path="res://scenes/physics_stress/physics_stress.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=1000 / 90,
    reward_terms=("within", "late", "jitter", "tunnelling", "energy_gain"),
    metrics=(Metric("success", higher_is_better=True),),
    planted_bugs=MappingProxyType(
        {
            "bug_tunnelling": "tunnelling",
            "bug_energy": "energy_gain",
            "bug_leak": "memory_leak",
            "bug_swarm": "slow_frame",
            "bug_jitter": "jitter",
        }
    ),
    settings={
        # A small room with a small budget, and work that is counted: each step is cheap, and the
        # times do not depend on what else the machine does. What is observed are ratios. Budgets
        # are drawn, so that with any number of bodies one less is worth something.
        "parameters": {
            "max_bodies": 16,
            "inflow": 2,
            "budget_ms": "uniform(0.12, 0.3)",
            "measured_times": 0,
        },
        # A guard who spawns by chance fills the room, and then no throw is worth anything: first it
        # learns to throw, then to leave more and more bodies unspawned.
        "curriculum": {
            "spawn_most": {
                "lessons": [
                    *({"value": value, "go_on": _LEARNED} for value in (0, 1, 2, 3, 4, 5)),
                    {"value": 10},
                ]
            }
        },
        "evaluation": {"parameters": {"budget_ms": 0.2}},
        "environment": {"arenas": 32},
        "algorithm": {
            "learning_rate": 1e-3,
            "rollout_size": 2048,
            "batch_size": 256,
        },
        "actions": {"log_std_init": -0.5, "log_std_final": -1.5},
        "training": {"timesteps": 600_000},
    },
)
