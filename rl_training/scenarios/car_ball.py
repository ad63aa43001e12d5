"""Car ball: two teams of cars push a ball into each other's goal; one policy plays both teams.

The scene, its observation table, its actions, rewards, starts and parameters:
scenes/car_ball/README.md. The phases: rl_training/config/presets/car_ball*.yaml.
"""

from __future__ import annotations

from typing import Any

from rl_training.scenarios.scenario import GroundPlan, MatchRules, Metric, Scenario

REWARD_TERMS = (
    "goal",
    "concede",
    "touch",
    "velocity_ball_to_goal",
    "velocity_to_ball",
    "strong_hit",
    "face_ball",
    "align_ball_to_goal",
    "jump_shot",
    "basic_shot",
    "negative_velocity_toward_own_goal",
    "recovery_and_landing",
    "liu_distance_ball_to_goal",
    "in_air",
    "save_boost",
    "collect_boost",
)

METRICS = (
    Metric("success", higher_is_better=True),
    Metric("conceded", higher_is_better=False),
    Metric("touches", higher_is_better=True),
    Metric("touches_per_minute", higher_is_better=True),
    Metric("aim", higher_is_better=True),
    Metric("turtles", higher_is_better=False),
    Metric("recovered", higher_is_better=True),
    Metric("recovery_time", higher_is_better=False, unit="s"),
    Metric("fallback_share", higher_is_better=False),
    Metric("air_share", higher_is_better=True),
    Metric("speed", higher_is_better=True, unit="m/s"),
    Metric("round_time", higher_is_better=False, unit="s"),
)

_ONE_POLICY: dict[str, Any] = {"orange": {"shares": "blue"}}

SETTINGS: dict[str, Any] = {
    "network": {"net_arch": [256, 256], "activation": "relu"},
    # 15 decisions a second: what is earned in 6.6 s counts half.
    "algorithm": {
        "learning_rate": 2e-4,
        "gamma": 0.993,
        "n_steps": 128,
        "batch_size": 2048,
        "n_epochs": 4,
        "ent_coef": 0.01,
    },
    "policies": _ONE_POLICY,
    # Phase 1, BallTouching: most starts are drawn, half of all in the air.
    "parameters": {"phase": 1, "episode_seconds": 30.0},
    # Policies are compared in plain matches, whatever they learn from.
    "evaluation": {"parameters": {"phase": 0, "episode_seconds": 60.0}},
    "training": {"timesteps": 50_000_000, "save_frequency": 1_000_000},
}

# Half of the field, m: scenes/car_ball/arena/car_field.gd.
_X, _Z, _CORNER, _GOAL, _DEPTH = 40.96, 51.2, 11.52, 8.93, 8.8
_OUTLINE = (
    (_X, _Z - _CORNER), (_X - _CORNER, _Z), (_CORNER - _X, _Z), (-_X, _Z - _CORNER),
    (-_X, _CORNER - _Z), (_CORNER - _X, -_Z), (_X - _CORNER, -_Z), (_X, _CORNER - _Z),
)  # fmt: skip
_GOALS = (
    ((-_X, 0.0), (_X, 0.0)),
    *(
        ((-_GOAL, side * _Z), (-_GOAL, side * (_Z + _DEPTH)), (_GOAL, side * (_Z + _DEPTH)),
         (_GOAL, side * _Z))
        for side in (1.0, -1.0)
    ),
)  # fmt: skip

MATCH = MatchRules(
    score="success",
    # Rounds to the first goal, from kickoffs. Drivers do not draw: without the spread five starts
    # would be all.
    parameters={"phase": 0.0, "episode_seconds": 60.0, "kickoff_spread": 1.0},
    drivers={"still": 0.0, "chaser": 1.0, "roamer": 2.0, "kickoff": 3.0},
    driver_parameter="driver_{group}",
    ground=GroundPlan(outline=_OUTLINE, lines=_GOALS),
)

SCENARIO = Scenario(
    name="car_ball",
    scene_path="res://scenes/car_ball/car_ball.tscn",
    action_repeat=8,
    physics_ticks_per_second=120,
    time_limit_s=60.0,
    reward_terms=REWARD_TERMS,
    metrics=METRICS,
    settings=SETTINGS,
    action_table="res://scenes/car_ball/print_actions.gd",
    match=MATCH,
)
