"""The runs of the study of curricula: trained from nothing, judged on the hardest courses.

Called by `spacetime-rl study curricula`. A finished run is never repeated; one that was cut off
begins anew, or its seconds would be wrong.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.runs.metrics import read_metrics
from rl_training.studies.curricula.plan import CurriculaPlan, run_name
from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow, FinalTest, Point
from rl_training.studies.jobs import run_jobs
from rl_training.training.configuration import run_paths
from rl_training.training.pipeline import train

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

    def arguments(run: Run) -> tuple[Any, ...]:
        return plan, *run, root, godot

    def name(run: Run) -> str:
        return run_name(*run)

    run_jobs(runs, jobs, measure_run, arguments, done, name)


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
    result = train(config)
    if result.stopped:
        raise KeyboardInterrupt
    assert result.onnx is not None, "export is on by default"
    metrics = read_metrics(paths.metrics)
    # Its last line was written when learning ended.
    curve = curve_of(metrics, metrics[-1]["time"] - result.seconds)
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
    evaluating = sum(row.get("eval/seconds") or 0.0 for row in metrics)
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
        started: Unix seconds at which learning began.
    """
    points, evaluating = [], 0.0
    for row in metrics:
        success = row.get("eval/success_rate")
        evaluating += row.get("eval/seconds") or 0.0
        if success is not None:
            seconds = round(row["time"] - started - evaluating, 2)
            points.append(Point(row["timesteps"], seconds, success))
    return tuple(points)
