"""Bug reproduction: find the bug that `target_bug` names, in a small game with four planted ones.

The scene, its observation table, its rewards and its bugs: scenes/bug_reproduction/README.md.
"""

from __future__ import annotations

from typing import Any

from rl_training.scenarios.scenario import Metric, Scenario

_BUGS = {
    "bug_race": "missing_ground",
    "bug_tunnel": "tunnelling",
    "bug_wedge": "stuck",
    "bug_leak": "node_leak",
}

# All bugs are there, and each episode asks for one of them; the game's own reward is off.
_HUNT: dict[str, Any] = {
    **dict.fromkeys(_BUGS, 1.0),
    "target_bug": {"sampler": "choice", "values": [1, 2, 3, 4]},
    "reward_pad": 0.0,
    "reward_progress": 0.0,
}

SCENARIO = Scenario(
    name="bug_reproduction",
    scene_path="res://scenes/bug_reproduction/bug_reproduction.tscn",
    action_repeat=9,
    physics_ticks_per_second=90,
    time_limit_s=30.0,
    reward_terms=("found", "hint", "pad", "progress", "fall"),
    metrics=(
        Metric("success", higher_is_better=True),
        Metric("found", higher_is_better=True),
        Metric("pads", higher_is_better=True),
    ),
    settings={
        "parameters": _HUNT,
        # Four hunts in one policy, which of them is a number of the observation: with two layers of
        # 64 it learned three.
        "network": {"net_arch": [128, 128]},
        # Rare finds teach little: keep trying other things.
        "algorithm": {"ent_coef": 0.01},
        "training": {"timesteps": 2_000_000},
    },
    planted_bugs=_BUGS,
)
