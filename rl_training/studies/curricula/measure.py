"""The runs of the study of curricula: trained from nothing, judged on the hardest courses.

Called by `spacetime-rl study curricula`. A finished run is never repeated; one that was cut off
begins anew, or its seconds would be wrong.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.runs.metrics import read_metrics
from rl_training.studies.curricula.plan import CurriculaPlan, run_name
from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow, FinalTest, Point
from rl_training.training.configuration import run_paths
from rl_training.training.pipeline import train

logger = logging.getLogger(__name__)

Run = tuple[str, int]
"""A kind and a seed."""


def missing_runs(
    plan: CurriculaPlan, result: CurriculaResult, kinds: Sequence[str], seeds: Sequence[int]
) -> list[Run]:
    """Return the runs that were not measured yet, seed by seed.

    Args:
        plan: the plan.
        result: what is there.
        kinds: only these; empty: all.
        seeds: only these; empty: those of the plan.
    """
    return [
        (kind, seed)
        for seed in seeds or plan.seeds
        for kind in kinds or plan.kinds
        if result.find(kind, seed) is None
    ]


def measure_all(
    plan: CurriculaPlan,
    runs: Sequence[Run],
    root: Path,
    jobs: int,
    done: Callable[[CurriculaRow], None],
    godot: str | None = None,
) -> None:
    """Measure runs.

    Args:
        plan: the plan.
        runs: which.
        root: holds their models/ and logs/.
        jobs: runs at a time, each in a process of its own where there are several.
        done: called with each row when it is there.
        godot: engine binary; None: found or installed.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
    """
    if jobs == 1:
        for number, (kind, seed) in enumerate(runs, 1):
            logger.info("run %d of %d: %s, seed %d", number, len(runs), kind, seed)
            done(measure_run(plan, kind, seed, root, godot))
        return
    # Fresh processes: torch and the loggers of a forked one are not usable.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = [pool.submit(measure_run, plan, *run, root, godot) for run in runs]
        try:
            for each in as_completed(waiting):
                done(each.result())
        except BaseException:
            for each in waiting:
                each.cancel()
            raise


def measure_run(
    plan: CurriculaPlan, kind: str, seed: int, root: Path, godot: str | None = None
) -> CurriculaRow:
    """Train from nothing, then play the exported policy in the engine.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
        UsageError: the scene reports no success.
    """
    config = plan.config(kind, seed, root, godot)
    paths = run_paths(config)
    with contextlib.suppress(OSError):
        shutil.rmtree(paths.logs)  # of a run that was cut off
    started = time.time()
    result = train(config)
    if result.stopped:
        raise KeyboardInterrupt
    assert result.onnx is not None, "export is on by default"
    curve = curve_of(read_metrics(paths.metrics), started)
    if not curve:
        raise UsageError(
            f"the evaluations of {run_name(kind, seed)} have no success rate: the scene must tell "
            "is_success in get_info()"
        )
    tests = {}
    for name, parameters in plan.tests.items():
        report = evaluate(
            EvaluationRequest(
                model=result.onnx,
                scenario=plan.scenario,
                episodes=plan.final_episodes,
                in_engine=True,
                godot=godot,
                parameters=parameters,
            )
        )
        won = sum(bool(row.success) for row in report.episodes)
        tests[name] = FinalTest(won, len(report.episodes), report.mean_reward)
    evaluating = sum(row.get("eval/seconds") or 0.0 for row in read_metrics(paths.metrics))
    return CurriculaRow(
        kind=kind,
        seed=seed,
        timesteps=result.timesteps,
        seconds=round(result.seconds - evaluating, 2),
        curve=curve,
        tests=tests,
    )


def curve_of(metrics: Sequence[Mapping[str, Any]], started: float) -> tuple[Point, ...]:
    """Read the evaluations off the lines of a metrics file.

    Args:
        metrics: see `runs.metrics.read_metrics`.
        started: Unix seconds of the beginning.
    """
    points, evaluating = [], 0.0
    for row in metrics:
        success = row.get("eval/success_rate")
        evaluating += row.get("eval/seconds") or 0.0
        if success is not None:
            seconds = round(row["time"] - started - evaluating, 2)
            points.append(Point(row["timesteps"], seconds, success))
    return tuple(points)
