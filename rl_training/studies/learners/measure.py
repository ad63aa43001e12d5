"""The runs of the study of learners: trained from nothing, judged on episodes that none has seen.

Called by `spacetime-rl study learners`. A finished run is never repeated; one that was cut off
begins anew, or its seconds would be wrong.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rl_training.data.store import TrajectoryStore, save_trajectories
from rl_training.envs.factory import make_simulation
from rl_training.errors import UsageError
from rl_training.evaluation.evaluate import evaluate, play_settings
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.collecting.collector import DataCollector
from rl_training.runs.metrics import read_metrics
from rl_training.scenarios import get_scenario
from rl_training.studies.jobs import run_jobs
from rl_training.studies.learners.clock import LearningClock
from rl_training.studies.learners.plan import (
    LearnersPlan,
    demonstrations_path,
    run_name,
)
from rl_training.studies.learners.result import LearnerRow, LearnersResult, Point
from rl_training.training.configuration import run_paths
from rl_training.training.pipeline import train

logger = logging.getLogger(__name__)

Run = tuple[str, str, int]
"""A task, an entrant and a seed."""


def missing_runs(
    plan: LearnersPlan,
    result: LearnersResult,
    tasks: Sequence[str] = (),
    entrants: Sequence[str] = (),
    seeds: Sequence[int] = (),
) -> list[Run]:
    """Return the runs that were not measured yet, seed by seed.

    Args:
        plan: the plan.
        result: what is there.
        tasks: only these; empty: all.
        entrants: only these; empty: all.
        seeds: only these; empty: those of the plan.
    """
    return [
        (task, entrant, seed)
        for seed in seeds or plan.seeds
        for task in tasks or plan.tasks
        for entrant in entrants or plan.entrants
        if result.find(task, entrant, seed) is None
    ]


def measure_all(
    plan: LearnersPlan,
    result: LearnersResult,
    runs: Sequence[Run],
    root: Path,
    done: Callable[[LearnerRow], None],
    godot: str | None = None,
) -> None:
    """Record the demonstrations, then measure runs.

    A run that goes on with another's policy waits for it.

    Args:
        plan: the plan.
        result: what is there; `result.jobs` runs are measured at a time, each in a process of its
            own where there are several.
        runs: which.
        root: holds their models/ and logs/, and the demonstrations.
        done: called with each row when it is there.
        godot: engine binary; None: found or installed.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
        UsageError: an entrant begins with another's policy that is not there.
    """
    for task, shown in dict.fromkeys((run[0], plan.demonstrated(*run[:2])) for run in runs):
        if shown:
            record_demonstrations(plan, task, shown, root, godot)

    def arguments(run: Run) -> tuple[Any, ...]:
        return plan, run, _row_before(plan, result, run), root, godot

    def name(run: Run) -> str:
        return run_name(*run)

    run_jobs(runs, result.jobs, measure_run, arguments, done, name, partial(_first, plan))


def _first(plan: LearnersPlan, run: Run) -> Run | None:
    """Return the run that must be there before another; None: it needs none."""
    task, entrant, seed = run
    before = plan.entrants[entrant].begins_with
    return None if before is None else (task, before, seed)


def _row_before(plan: LearnersPlan, result: LearnersResult, run: Run) -> LearnerRow | None:
    """Return the row of the run that another goes on with; None: it goes on with none.

    Raises:
        UsageError: it is not there.
    """
    task, entrant, seed = run
    before = plan.entrants[entrant].begins_with
    if before is None:
        return None
    row = result.find(task, before, seed)
    if row is None:
        raise UsageError(
            f"{run_name(*run)} goes on with {run_name(task, before, seed)}, which is not measured: "
            f"add {before} to --only"
        )
    return row


def record_demonstrations(
    plan: LearnersPlan, task: str, episodes: int, root: Path, godot: str | None = None
) -> Path:
    """Record what learners that imitate are given, unless it is there.

    Fewer than the task has are the first of all of them.

    Returns:
        The file.

    Raises:
        UsageError: the task has none.
    """
    given, path = plan.tasks[task], demonstrations_path(root, task, episodes)
    shown = given.demonstrations
    if shown is None:
        raise UsageError(f"the task {task!r} has no demonstrations")
    have = 0
    if path.is_file():
        with TrajectoryStore(path) as store:
            have = len(store)
    if have >= episodes:
        return path
    if episodes < shown.episodes:
        whole = record_demonstrations(plan, task, shown.episodes, root, godot)
        with TrajectoryStore(whole) as store:
            save_trajectories(path, store[have:episodes])
        return path
    scenario = get_scenario(given.scenario)
    request = EvaluationRequest(
        model=Path(shown.model),
        scenario=given.scenario,
        episodes=shown.episodes,
        seed=shown.seed,
        num_envs=1,
        godot=godot,
        parameters=given.parameters,
    )
    settings = play_settings(request, scenario)
    parameters = dict(request.played_parameters)

    def make() -> Any:
        env: Any = make_simulation(settings)
        if parameters:
            env.set_parameters(parameters)
        return env

    root.mkdir(parents=True, exist_ok=True)
    logger.info("recording %d episodes of %s to %s", shown.episodes, shown.model, path)
    with DataCollector(
        make, path, resume=True, seed=shown.seed, meta={"scenario": scenario.name}
    ) as collector:
        collector.collect_episodes(shown.episodes - have, request.players.single)
    return path


def measure_run(
    plan: LearnersPlan,
    run: Run,
    before: LearnerRow | None,
    root: Path,
    godot: str | None = None,
) -> LearnerRow:
    """Train from nothing, or from another's policy, then play the finished one.

    Args:
        plan: the plan.
        run: which.
        before: the row of the run whose policy it goes on with.
        root: holds its files.
        godot: engine binary; None: found or installed.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
        UsageError: the scene reports no success.
    """
    task, entrant, seed = run
    given, learner = plan.tasks[task], plan.entrants[entrant]
    config = plan.config(task, entrant, seed, root, godot)
    paths = run_paths(config)
    with contextlib.suppress(OSError):
        shutil.rmtree(paths.logs)  # of a run that was cut off
    clock = LearningClock(config.evaluation.every, os.getpid())
    result = train(config, more_callbacks=[clock])
    if result.stopped:
        raise KeyboardInterrupt
    demonstrated, shown = 0, plan.demonstrated(task, entrant)
    if shown:
        with TrajectoryStore(demonstrations_path(root, task, shown)) as store:
            demonstrated = sum(store.lengths)
    report = evaluate(
        EvaluationRequest(
            model=result.model,
            scenario=given.scenario,
            episodes=plan.final_episodes,
            num_envs=1,
            godot=godot,
            parameters=given.parameters,
        )
    )
    told = [row.success for row in report.episodes]
    if any(success is None for success in told):
        raise UsageError(f"{given.scenario} must tell is_success in get_info()")
    won = sum(bool(success) for success in told)
    # Of one that imitates, timesteps are demonstrated decisions, each as often as it was learned.
    own = 0 if learner.imitates else result.timesteps
    curve = [] if learner.imitates else _curve(paths.metrics, clock)
    last = list(clock.readings.values())[-1]
    curve.append(Point(own, last.seconds, last.processor, won / len(told)))
    return LearnerRow(
        task=task,
        entrant=entrant,
        seed=seed,
        demonstrated=demonstrated,
        curve=_after(before, demonstrated, curve),
        successes=won,
        episodes=len(told),
        mean_reward=report.mean_reward,
    )


def _curve(metrics: Path, clock: LearningClock) -> list[Point]:
    """Return the evaluations in training; the last is left to the finished policy's own."""
    points = []
    for row in read_metrics(metrics):
        success, done = row.get("eval/success_rate"), row["timesteps"]
        if success is not None and done in clock.readings:
            read = clock.readings[done]
            points.append(Point(done, read.seconds, read.processor, success))
    ended = max(clock.readings)
    return [point for point in points if point.timesteps < ended]


def _after(
    before: LearnerRow | None, demonstrated: int, curve: Sequence[Point]
) -> tuple[Point, ...]:
    """Put what came before a run, its demonstrations and another's learning, before its points."""
    seconds, processor = (
        (0.0, 0.0)
        if before is None
        else (
            before.end.seconds,
            before.end.processor,
        )
    )
    moved = [
        Point(
            demonstrated + point.timesteps,
            round(seconds + point.seconds, 2),
            round(processor + point.processor, 2),
            point.success,
        )
        for point in curve
    ]
    return tuple(moved if before is None else [before.end, *moved])
