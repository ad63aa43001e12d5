"""How long it takes to learn a scenario from nothing: training and evaluation, put together.

Called by `measure` with --time_to_solve.
"""

from __future__ import annotations

import dataclasses
import logging
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from rl_training.errors import HarnessError
from rl_training.studies.benchmark.report import SolveRow, TimeToSolve
from rl_training.studies.benchmark.settings import BenchmarkSettings
from rl_training.studies.benchmark.suite import RunTask
from rl_training.studies.benchmark.task import Task

logger = logging.getLogger(__name__)

EPISODES = 100
THRESHOLD = 0.95
_MODELS = 20
_STOCK_MARGIN_S = 180.0
_STOCK_SAVE_EVERY = 50_000


def measure_time_to_solve(settings: BenchmarkSettings, base: Task, run: RunTask) -> TimeToSolve:
    """Train with the default settings, play the intermediate models, then the same for stock.

    Args:
        settings: of the suite.
        base: the scene, the engine, and how many of it.
        run: runs the stock client's task.

    Returns:
        The models of both; where one side failed, the reason instead.

    Raises:
        KeyboardInterrupt: training was stopped by a signal.
    """
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_solve_") as folder:
        try:
            ours, seconds = _train_ours(settings, Path(folder))
        except HarnessError as error:
            logger.warning("time to solve: %s", error)
            return TimeToSolve(EPISODES, THRESHOLD, error=" ".join(str(error).split()))
        stock, failure = _train_stock(base, seconds, Path(folder, "stock"), run, settings)
    return TimeToSolve(EPISODES, THRESHOLD, ours, stock, failure)


def _train_ours(settings: BenchmarkSettings, folder: Path) -> tuple[tuple[SolveRow, ...], float]:
    from rl_training.training.configuration import default_config
    from rl_training.training.pipeline import train

    config = default_config(settings.scenario)
    config = config.replace(
        {
            "experiment_name": "time_to_solve",
            "run_root": str(folder),
            "save_frequency": max(1, config.training.timesteps // _MODELS),
            "num_envs": settings.num_envs,
            "arenas": settings.arenas,
            "seed": settings.seed,
            "godot": settings.godot,
        }
    )
    started = time.time()
    result = train(config)
    seconds = time.time() - started
    if result.stopped:
        raise KeyboardInterrupt
    models = [
        (int(path.stem.rsplit("_", 1)[1]), path.stat().st_mtime - started, path)
        for path in result.checkpoints
    ]
    if not models or models[-1][0] < result.timesteps:
        models.append((result.timesteps, result.model.stat().st_mtime - started, result.model))
    return _play(models, settings), seconds


def _train_stock(
    base: Task, seconds: float, folder: Path, run: RunTask, settings: BenchmarkSettings
) -> tuple[tuple[SolveRow, ...], str]:
    """Give godot-rl's own script settings the same wall-clock."""
    folder.mkdir()
    task = dataclasses.replace(
        base,
        kind="stock_ppo",
        documented=True,
        num_envs=1,
        arenas=base.num_envs * base.arenas,
        seconds=seconds,
        save_to=str(folder),
        save_every=_STOCK_SAVE_EVERY,
    )
    logger.info("stock godot-rl trains for the same %.0f s", seconds)
    outcome = run(task, seconds + _STOCK_MARGIN_S)
    models = []
    for path in folder.glob("*.zip"):
        timesteps, _, after = path.stem.partition("_")
        models.append((int(timesteps), float(after), path))
    failure = f"stock: {outcome.error}" if outcome.error else ""
    try:
        return _play(sorted(models), settings), failure
    except HarnessError as error:
        return (), f"stock: {error}"


def _play(
    models: Iterable[tuple[int, float, Path]], settings: BenchmarkSettings
) -> tuple[SolveRow, ...]:
    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.request import EvaluationRequest

    rows = []
    for timesteps, seconds, path in models:
        request = EvaluationRequest(
            model=path,
            scenario=settings.scenario,
            episodes=EPISODES,
            in_engine=True,
            godot=settings.godot,
        )
        rate = evaluate(request).success_rate
        if rate is None:
            raise HarnessError(f"the scenario {settings.scenario} reports no success")
        rows.append(SolveRow(timesteps, seconds, float(rate)))
        logger.info("%s steps, %.0f s: %.0f %% success", f"{timesteps:,}", seconds, 100 * rate)
    return tuple(rows)
