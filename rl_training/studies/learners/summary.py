"""What the runs of the study of learners say: figures of each entrant on each task.

Pure: from a result to values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rl_training.play.statistics import Interval, wilson_interval
from rl_training.scenarios import get_scenario
from rl_training.studies.learners.plan import LearnersPlan, Task
from rl_training.studies.learners.result import LearnerRow, LearnersResult
from rl_training.studies.spread import Spread, spread


@dataclass(frozen=True)
class EntrantFigures:
    """What the runs of an entrant on a task came to.

    Attributes:
        task: what was learned.
        entrant: who learned.
        runs: how many are done.
        demonstrated: decisions of the demonstrations.
        timesteps: decisions of a whole run, demonstrated ones included.
        success: of the finished policies, over seeds.
        interval: 95 % of it, over the episodes of all seeds together.
        reached: runs that came to the threshold in an evaluation.
        decisions: until then; infinite in runs that did not.
        play_seconds: of the game in real time until then, one agent.
        processor: seconds of one core until then, of learner and engines.
        whole: seconds of one core of a whole run.
        seconds: by the clock of a whole run.
    """

    task: str
    entrant: str
    runs: int
    demonstrated: int
    timesteps: int
    success: Spread
    interval: Interval
    reached: int
    decisions: Spread
    play_seconds: Spread
    processor: Spread
    whole: Spread
    seconds: Spread


def figures(plan: LearnersPlan, result: LearnersResult) -> list[EntrantFigures]:
    """Return the figures of all entrants of which there is a run, task by task."""
    return [
        _figures(plan, task, entrant, rows)
        for task in plan.tasks
        for entrant in plan.entrants
        if (rows := result.of(task, entrant))
    ]


def decision_seconds(task: Task) -> float:
    """Return how long a decision holds in a game in real time."""
    scenario = get_scenario(task.scenario)
    repeat = task.settings.get("environment", {}).get("action_repeat", scenario.action_repeat)
    if not repeat or not scenario.physics_ticks_per_second:
        return math.nan
    return float(repeat) / scenario.physics_ticks_per_second


def _figures(
    plan: LearnersPlan, task: str, entrant: str, rows: Sequence[LearnerRow]
) -> EntrantFigures:
    found = [row.reached(plan.threshold) for row in rows]
    held = decision_seconds(plan.tasks[task])
    decisions = [math.inf if each is None else float(each.timesteps) for each in found]
    return EntrantFigures(
        task=task,
        entrant=entrant,
        runs=len(rows),
        demonstrated=rows[0].demonstrated,
        timesteps=max(row.end.timesteps for row in rows),
        success=spread(row.successes / row.episodes for row in rows),
        interval=wilson_interval(
            sum(row.successes for row in rows), sum(row.episodes for row in rows)
        ),
        reached=sum(each is not None for each in found),
        decisions=spread(decisions),
        play_seconds=spread(held * each for each in decisions),
        processor=spread(math.inf if each is None else each.processor for each in found),
        whole=spread(row.end.processor for row in rows),
        seconds=spread(row.end.seconds for row in rows),
    )
