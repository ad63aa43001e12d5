"""Time to solve: which models are played, in which order, and what is said when one side fails."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import rl_training.evaluation.evaluate
import rl_training.training.pipeline
from rl_training.config import TrainConfig
from rl_training.errors import EngineDiedError
from rl_training.runs.paths import RunPaths
from rl_training.studies.benchmark.report import SolveRow
from rl_training.studies.benchmark.runner import Outcome
from rl_training.studies.benchmark.settings import BenchmarkSettings
from rl_training.studies.benchmark.solve import measure_time_to_solve
from rl_training.studies.benchmark.task import Task
from rl_training.training.pipeline import TrainResult
from tests.python.studies.benchmark.examples import BASE

SETTINGS = BenchmarkSettings(num_envs=2, arenas=8, seed=5)


@pytest.fixture(name="trained")
def _trained(monkeypatch: pytest.MonkeyPatch) -> list[TrainConfig]:
    """Replace training by one that writes two checkpoints and a final model."""
    configs: list[TrainConfig] = []

    def train(config: TrainConfig) -> TrainResult:
        configs.append(config)
        assert config.run_root is not None
        paths = RunPaths(config.experiment_name, Path(config.run_root))
        files = [paths.step_model(100), paths.step_model(200), paths.final_model]
        paths.models.mkdir(parents=True)
        for number, path in enumerate(files, start=1):
            path.touch()
            os.utime(path, (0.0, time.time() + 10.0 * number))
        saved = tuple(files[:2])
        return TrainResult(250, 30.0, 8.0, None, None, False, saved, files[2], None, None)

    monkeypatch.setattr(rl_training.training.pipeline, "train", train)
    return configs


@pytest.fixture(name="success")
def _success(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace evaluation by success rates by the model's file name."""
    rates: dict[str, Any] = {}
    monkeypatch.setattr(
        rl_training.evaluation.evaluate,
        "evaluate",
        lambda request: SimpleNamespace(success_rate=rates[request.model.name]),
    )
    return rates


def _stock(files: tuple[str, ...], error: str = "") -> Callable[[Task, float], Outcome]:
    def run(task: Task, _limit_s: float) -> Outcome:
        assert (task.kind, task.documented, task.num_envs, task.arenas) == (
            "stock_ppo",
            True,
            1,
            16,
        )
        # The scene's own, so that its policy can be played like ours.
        assert task.action_repeat == BASE.action_repeat
        for name in files:
            Path(task.save_to, name).touch()
        return Outcome(None, error) if error else Outcome({"value": 1.0})

    return run


def test_models_of_both_are_played_in_order(
    trained: list[TrainConfig], success: dict[str, Any]
) -> None:
    success |= {
        "time_to_solve_step_100.zip": 0.4,
        "time_to_solve_step_200.zip": 0.96,
        "time_to_solve_final.zip": 0.94,
        "50_7.5.zip": 0.0,
        "600_20.0.zip": 0.1,
    }
    solve = measure_time_to_solve(SETTINGS, BASE, _stock(("600_20.0.zip", "50_7.5.zip")))
    assert [row.timesteps for row in solve.ours] == [100, 200, 250]
    assert [row.seconds for row in solve.ours] == pytest.approx([10.0, 20.0, 30.0], abs=2.0)
    assert solve.stock == (SolveRow(50, 7.5, 0.0), SolveRow(600, 20.0, 0.1))
    solved = solve.solved(solve.ours)
    assert solved is not None
    assert solved.timesteps == 200
    assert solve.solved(solve.stock) is None
    environment = trained[0].environment
    assert (environment.num_envs, environment.arenas, trained[0].seed) == (2, 8, 5)


def test_a_stock_client_that_fails_leaves_our_figures(
    trained: list[TrainConfig], success: dict[str, Any]
) -> None:
    success |= dict.fromkeys(
        ("time_to_solve_step_100.zip", "time_to_solve_step_200.zip", "time_to_solve_final.zip"), 1.0
    )
    solve = measure_time_to_solve(SETTINGS, BASE, _stock((), "did not end within 5 s"))
    assert len(solve.ours) == 3
    assert (solve.stock, solve.error) == ((), "stock: did not end within 5 s")
    assert len(trained) == 1


def test_training_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(_config: TrainConfig) -> TrainResult:
        raise EngineDiedError("engine 1 ended\nin the middle of the run")

    monkeypatch.setattr(rl_training.training.pipeline, "train", train)
    solve = measure_time_to_solve(SETTINGS, BASE, _stock(()))
    assert solve.error == "engine 1 ended in the middle of the run"
    assert (solve.ours, solve.stock) == ((), ())
