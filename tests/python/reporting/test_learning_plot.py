"""The picture of learning curves."""

from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.plot_learning import main
from rl_training.reporting.learning_plot import plot_learning
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths


def test_a_run_becomes_a_picture(tmp_path: Path) -> None:
    run = RunPaths("one", tmp_path)
    writer = MetricsWriter(run.metrics)
    for step in range(5):
        writer.write(step * 1000, {"episode/success": step / 5, "rollout/ep_rew_mean": float(step)})
    writer.write(4000, {"eval/success_rate": 0.9, "eval/mean_reward": 5.0})
    writer.close()
    picture = tmp_path / "pictures" / "learning.png"
    plot_learning([run], picture)
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_a_run_that_does_not_exist(tmp_path: Path) -> None:
    from rl_training.errors import UsageError

    with pytest.raises(UsageError, match="no run named 'nothing'"):
        main(["--experiment", "nothing", "--output", "x.png", "--run_root", str(tmp_path)])
