from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.runs.metrics import MetricsWriter, read_metrics


def test_lines_are_whole_when_write_returns(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "metrics.jsonl"
    writer = MetricsWriter(path)
    writer.write(100, {"rollout/ep_rew_mean": 1.5, "train/loss": float("nan")})
    rows = read_metrics(path)
    assert rows[0]["timesteps"] == 100
    assert rows[0]["rollout/ep_rew_mean"] == 1.5
    assert rows[0]["train/loss"] is None
    writer.close()
    writer.close()


def test_a_resumed_run_appends(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    for step in (1, 2):
        writer = MetricsWriter(path)
        writer.write(step, {})
        writer.close()
    assert [row["timesteps"] for row in read_metrics(path)] == [1, 2]


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"timesteps": 1}\n{"times')
    assert read_metrics(path) == [{"timesteps": 1}]
    path.write_text('{"times\n{"timesteps": 1}\n')
    with pytest.raises(json.JSONDecodeError):
        read_metrics(path)
