"""Pong: two paddles and a ball; one policy plays both sides and learns from playing itself.

The scene, its observation table, its actions, rewards and parameters: scenes/pong/README.md. The
tutorial of self-play, docs/self_play.md, trains it.
"""

from __future__ import annotations

from typing import Any

from rl_training.scenarios.scenario import MatchRules, Metric, Scenario

METRICS = (
    Metric("success", higher_is_better=True),
    Metric("conceded", higher_is_better=False),
    Metric("touches", higher_is_better=True),
    Metric("round_time", higher_is_better=True, unit="s"),
)

SETTINGS: dict[str, Any] = {
    "algorithm": {"gamma": 0.99, "ent_coef": 0.003},
    "policies": {"right": {"shares": "left"}},
    "training": {"timesteps": 2_000_000},
}

SCENARIO = Scenario(
    name="pong",
    scene_path="res://scenes/pong/pong.tscn",
    action_repeat=6,
    physics_ticks_per_second=90,
    time_limit_s=20.0,
    reward_terms=("point", "touch"),
    metrics=METRICS,
    settings=SETTINGS,
    # A match is a point; serves differ by their seeds.
    match=MatchRules(score="success"),
)
