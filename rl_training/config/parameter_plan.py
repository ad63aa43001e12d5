"""Which environment parameters hold at which end of a run: `parameters` and `curriculum` together.

Called by `training`, for the training's environments (`first_parameters`, then lesson by lesson)
and for the evaluations' (`evaluation_parameters`). It sends nothing; `training.curriculum` decides
when a lesson is over.
"""

from __future__ import annotations

from typing import TypeAlias

from rl_training.config.curriculum import ParameterCurriculum
from rl_training.config.samplers import Sampler
from rl_training.config.schedules import Schedule
from rl_training.config.train_config import TrainConfig

Parameters: TypeAlias = dict[str, float | Sampler]


def first_parameters(config: TrainConfig) -> Parameters:
    """Return what holds in the first episodes: schedules at timestep 0, first lessons."""
    return {**_scheduled(config, at=0), **_lessons(config, 0)}


def final_parameters(config: TrainConfig) -> Parameters:
    """Return what a run ends with: schedules as at their last timestep, last lessons.

    These are the episodes that the policy is trained for, however far the run came.
    """
    return {**_scheduled(config, at=None), **_lessons(config, -1)}


def evaluation_parameters(config: TrainConfig) -> Parameters:
    """Return what holds in evaluations: the final parameters, then those of `evaluation`."""
    return {**final_parameters(config), **config.evaluation.parameters}


def lesson_parameters(
    name: str, curriculum: ParameterCurriculum, lesson: int
) -> dict[str, float | Sampler | None]:
    """Return what a lesson sets, of all parameters that its curriculum ever sets.

    Args:
        name: of the parameter that the curriculum is of.
        curriculum: its lessons.
        lesson: which, from 0; -1: the last.

    Returns:
        Name to value; None, the scene's default, for what only other lessons set (`also`).
    """
    chosen = curriculum.lessons[lesson]
    return {**dict.fromkeys(curriculum.also), **chosen.also, name: chosen.value}


def _scheduled(config: TrainConfig, at: int | None) -> Parameters:
    return {
        name: (value.final if at is None else value.at(at))
        if isinstance(value, Schedule)
        else value
        for name, value in config.parameters.items()
    }


def _lessons(config: TrainConfig, lesson: int) -> Parameters:
    return {
        name: value
        for parameter, curriculum in config.curriculum.items()
        for name, value in lesson_parameters(parameter, curriculum, lesson).items()
        if value is not None
    }
