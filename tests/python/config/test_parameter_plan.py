"""What holds at the first and last timesteps of a run, and in its evaluations."""

from __future__ import annotations

from typing import Any

from rl_training.config import TrainConfig
from rl_training.config.parameter_plan import (
    evaluation_parameters,
    final_parameters,
    first_parameters,
    lesson_parameters,
)
from rl_training.config.samplers import Uniform

PLAN: dict[str, Any] = {
    "parameters": {
        "gravity": 9.8,
        "mass": "uniform(1, 2)",
        "speed": {"schedule": [[0, 0.2], [1000, 1.0]]},
        "late": {"schedule": [[500, 3], [900, "uniform(3, 4)"]]},
    },
    "curriculum": {
        "difficulty": {
            "lessons": [
                {"value": 0.1, "go_on": {"threshold": 0.7}, "also": {"fog": 1}},
                {"value": "uniform(0, 1)", "also": {"wind": 2}},
            ]
        }
    },
    "evaluation": {"parameters": {"gravity": 1.6, "difficulty": 1}},
}
UNIFORM = Uniform(low=0.0, high=1.0)


def test_schedules_and_lessons_at_both_ends() -> None:
    config = TrainConfig.from_dict(PLAN)
    mass = Uniform(low=1.0, high=2.0)
    assert first_parameters(config) == {
        **{"gravity": 9.8, "mass": mass, "speed": 0.2, "late": 3.0, "difficulty": 0.1, "fog": 1.0}
    }
    final = {
        **{"gravity": 9.8, "mass": mass, "speed": 1.0, "late": Uniform(low=3.0, high=4.0)},
        **{"difficulty": UNIFORM, "wind": 2.0},
    }
    assert final_parameters(config) == final
    assert evaluation_parameters(config) == {**final, "gravity": 1.6, "difficulty": 1.0}


def test_nothing_is_set_where_nothing_is_given() -> None:
    config = TrainConfig()
    assert first_parameters(config) == final_parameters(config) == evaluation_parameters(config)
    assert first_parameters(config) == {}


def test_a_lesson_takes_back_what_only_others_set() -> None:
    curriculum = dict(TrainConfig.from_dict(PLAN).curriculum.items())["difficulty"]
    assert lesson_parameters("difficulty", curriculum, 0) == {
        **{"difficulty": 0.1, "fog": 1.0, "wind": None}
    }
    assert lesson_parameters("difficulty", curriculum, 1) == {
        **{"difficulty": UNIFORM, "fog": None, "wind": 2.0}
    }
