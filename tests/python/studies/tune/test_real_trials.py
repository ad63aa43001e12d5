"""The search with trainings that learn: on the tiny environment, and on the real engine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rl_training.checkpoints.checkpoint import load_checkpoint
from rl_training.commands import tune
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.studies.tune.results import best_row
from rl_training.studies.tune.search import Extent, Search
from tests.python.studies.tune.searches import make_plan, make_study

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.timeout(300),
]


def _tiny_command(settings: Path) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("tiny_trial.py")), str(settings)]


@pytest.mark.nightly
def test_trials_that_learn(tmp_path: Path) -> None:
    space = {"algorithm.learning_rate": {"choice": [1e-7, 1e-3, 1e-2]}}
    settings = {
        "training": {"timesteps": 2048},
        "evaluation": {"every": 512, "episodes": 20, "metric": "mean_reward"},
        "algorithm": {"rollout_size": 256, "batch_size": 64},
        "actions": {"log_std_final": None},
    }
    # A scenario without parameters: the tiny environment takes none.
    plan = make_plan(tmp_path, space, scenario="memory", settings=settings, startup=2)
    study = make_study(plan, tmp_path)
    for rate in (1e-2, 1e-7):
        study._study.enqueue_trial({"algorithm.learning_rate": rate})
    folder = tmp_path / "studies" / "s" / "trials"
    Search(study, Extent(trials=3, n_jobs=1, folder=folder), _tiny_command).run()
    rows = study.rows
    assert [row.state for row in rows] == ["complete"] * 3, [row.reason for row in rows]
    assert rows[0].evaluations.keys() == {1, 2, 3, 4}
    best = best_row(study.plan, rows)
    assert best is not None
    assert best.chosen["algorithm.learning_rate"] != 1e-7
    paths = RunPaths(rows[1].run, tmp_path)
    assert load_checkpoint(paths.final_model).model.num_timesteps >= 2048
    written = [row["eval/mean_reward"] for row in read_metrics(paths.metrics) if "eval/best" in row]
    assert list(rows[1].evaluations.values()) == pytest.approx(written)


@pytest.mark.engine
def test_a_search_on_the_real_engine(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    space = tmp_path / "space.yaml"
    space.write_text("algorithm.learning_rate: {choice: [1e-3, 2e-3]}\n")
    words = ["--scenario", "memory", "--space", str(space), "--study", "real", "--trials", "1"]
    size = ["--timesteps", "1024", "--num_envs", "1", "--arenas", "8", "--algorithm", "ppo"]
    judged = ["--set", "evaluation.episodes=2", "--set", "evaluation.every=512"]
    root = ["--run_root", str(tmp_path), "--port", str(free_port), "--no-check_arenas"]
    assert tune.main([*words, *size, "--n_steps", "32", *judged, *root]) == 0
    out, err = capsys.readouterr()
    assert "trial 0 is done: success_rate" in err
    assert "complete" in out
    assert RunPaths("real_t000", tmp_path).final_onnx.is_file()
    assert (tmp_path / "studies" / "real" / "best.yaml").is_file()
