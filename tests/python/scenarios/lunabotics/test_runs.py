"""Lunabotics through the one pipeline: trained, resumed, exported, evaluated; mostly no engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.checkpoint import read_meta
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.training.configuration import default_config
from rl_training.training.pipeline import train
from rl_training.training.result import TrainResult


def run(root: Path, timesteps: int, **training: Any) -> TrainResult:
    changes: dict[str, Any] = {
        "run_root": str(root),
        "environment": {"arenas": 16},
        "algorithm": {"n_steps": 16, "batch_size": 128, "n_epochs": 1},
        "network": {"net_arch": [8]},
        "curriculum": {"reward_obstacle": None},
        "parameters": {"time_limit": 2.0, "num_rocks": 2},
        "training": {"timesteps": timesteps, "track": [], **training},
    }
    return train(default_config("lunabotics", changes))


@pytest.mark.timeout(300)
def test_a_run_is_trained_resumed_and_evaluated(tmp_path: Path) -> None:
    first = run(tmp_path, 1024)
    assert first.timesteps == 1024
    again = run(tmp_path, 2048, resume=True)
    assert again.timesteps == 2048
    assert again.onnx is not None
    meta = read_meta(again.model)
    assert meta.scene["action_repeat"] == 6
    assert meta.scene["physics_ticks_per_second"] == 60
    assert [each["key"] for each in meta.scene["actions"]] == ["linear", "angular", "dig"]
    assert meta.observation_names["obs"][7] == "holding"
    lines = (tmp_path / "logs" / "lunabotics" / "metrics.jsonl").read_text().splitlines()
    told = {name for line in lines for name in json.loads(line)}
    text = "".join(sorted(str(json.loads(line)) for line in lines)) + str(told)
    assert "episode/orbs_deposited" in text
    assert "reward/progress_excavation" in text
    for model in (again.model, again.onnx):
        request = EvaluationRequest(model, "lunabotics", episodes=8, parameters={"time_limit": 2.0})
        report = evaluate(request)
        assert len(report.episodes) == 8
        assert {row.length for row in report.episodes} == {20}
        assert all(row.truncated for row in report.episodes)
    same = evaluate(request)
    assert [row.episode_return for row in same.episodes] == [
        row.episode_return for row in report.episodes
    ]


@pytest.mark.engine
@pytest.mark.timeout(400)
def test_models_go_from_one_twin_to_the_other(tmp_path: Path) -> None:
    """A checkpoint of either twin plays in the other, through its export."""
    numpy = run(tmp_path / "numpy", 1024)
    changes = {
        "run_root": str(tmp_path / "godot"),
        "environment": {"simulator": "godot", "num_envs": 1, "arenas": 4, "check_arenas": False},
        "algorithm": {"n_steps": 32, "batch_size": 64, "n_epochs": 1},
        "network": {"net_arch": [8]},
        "training": {"timesteps": 256, "track": []},
    }
    godot = train(default_config("lunabotics", changes))
    for model, simulator in ((numpy.model, "godot"), (godot.model, "numpy")):
        request = EvaluationRequest(
            model, "lunabotics", episodes=2, simulator=simulator, num_envs=1,
            parameters={"time_limit": 2.0},
        )  # fmt: skip
        assert len(evaluate(request).episodes) == 2
    request = EvaluationRequest(
        numpy.model, "lunabotics", episodes=2, in_engine=True, num_envs=1,
        parameters={"time_limit": 2.0},
    )  # fmt: skip
    assert len(evaluate(request).episodes) == 2
