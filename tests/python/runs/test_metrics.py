from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.runs.metrics import (
    MetricsWriter,
    last_metrics,
    read_metrics,
    read_new_metrics,
)


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


def test_new_lines_are_read_once_and_half_a_line_is_left(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert read_new_metrics(path) == ([], 0)
    path.write_text('{"timesteps": 1}\n{"times')
    rows, offset = read_new_metrics(path)
    assert rows == [{"timesteps": 1}]
    assert read_new_metrics(path, offset) == ([], offset)
    with open(path, "a") as file:
        file.write('teps": 2}\n')
    rows, offset = read_new_metrics(path, offset)
    assert rows == [{"timesteps": 2}]
    path.write_text('{"timesteps": 9}\n')  # a new run of the name
    assert read_new_metrics(path, offset)[0] == [{"timesteps": 9}]


def test_a_resumed_run_does_not_write_behind_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"timesteps": 1}\n{"times')
    writer = MetricsWriter(path)
    writer.write(2, {})
    writer.close()
    assert [row["timesteps"] for row in read_metrics(path)] == [1, 2]


def test_the_newest_value_of_every_tag(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert last_metrics(path) == {}
    writer = MetricsWriter(path)
    writer.write(1, {"eval/success_rate": 0.5, "train/loss": 1.0})
    for step in range(2, 200):
        writer.write(step, {"train/loss": step * 1.0})
    writer.close()
    newest = last_metrics(path)
    assert (newest["timesteps"], newest["train/loss"]) == (199, 199.0)
    assert newest["eval/success_rate"] == 0.5
    assert "eval/success_rate" not in last_metrics(path, window=500)


def test_newest_values_of_a_file_with_damaged_lines(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"timesteps": 1, "a": 1}\ngarbage\n7\n{"timesteps": 2, "b": 2}\n{"half')
    assert last_metrics(path) == {"timesteps": 2, "a": 1, "b": 2}
