from __future__ import annotations

import os
from pathlib import Path

import pytest

from rl_training.errors import ModelError
from rl_training.runs.paths import RunPaths, newest_final_model


def _touch(path: Path, age_s: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    stamp = path.stat().st_mtime - age_s
    os.utime(path, (stamp, stamp))
    return path


def test_names_are_the_contracts(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    assert paths.step_model(4096) == tmp_path / "models" / "walk_step_4096.zip"
    assert paths.final_model == tmp_path / "models" / "walk_final.zip"
    assert paths.final_onnx == tmp_path / "models" / "walk_final.onnx"
    assert paths.logs == tmp_path / "logs" / "walk"


def test_checkpoints_are_in_order_and_of_this_experiment(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    expected = [_touch(paths.step_model(n)) for n in (900, 10_000)]
    _touch(RunPaths("walk2", tmp_path).step_model(5))
    _touch(RunPaths("side_walk", tmp_path).step_model(5))
    assert paths.checkpoints() == expected


def test_resume_takes_what_was_written_last(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with pytest.raises(ModelError, match=r"nothing to resume.*walk_step_\*\.zip"):
        paths.resume_point()
    step = _touch(paths.step_model(100), age_s=100)
    assert paths.resume_point() == step
    final = _touch(paths.final_model, age_s=50)
    assert paths.resume_point() == final
    later = _touch(paths.step_model(200))
    assert paths.resume_point() == later


def test_an_earlier_run_is_moved_and_not_deleted(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    assert paths.archive_earlier_run() is None
    for path in (paths.step_model(100), paths.final_model, paths.final_onnx, paths.metrics):
        _touch(path)
    other = _touch(RunPaths("other", tmp_path).final_model)
    assert paths.archive_earlier_run() is not None
    assert paths.checkpoints() == []
    assert not paths.logs.exists()
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept == {
        "walk_step_100.zip",
        "walk_final.zip",
        "walk_final.onnx",
        "metrics.jsonl",
        "other_final.zip",
    }
    assert other.exists()


def test_newest_final_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="train one first"):
        newest_final_model(tmp_path)
    _touch(tmp_path / "models" / "a_final.zip", age_s=10)
    newest = _touch(tmp_path / "models" / "b_final.onnx")
    assert newest_final_model(tmp_path) == newest
