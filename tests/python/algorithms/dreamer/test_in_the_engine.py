"""Dreamer and world models on the real engine: trained, resumed, exported, played there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.world_model import (
    WorldModelSettings,
    measure_open_loop,
    train_world_model,
)
from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.commands import data_collect, evaluate, train
from rl_training.data.readers import read_trajectories

pytestmark = [
    pytest.mark.engine,
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.timeout(900),
]


def test_a_run_is_resumed_exported_and_played_in_the_engine(tmp_path: Path, free_port: int) -> None:
    settings = {
        "learning_starts": 64, "rollout": 8, "train_ratio": 2, "batch_size": 4,
        "sequence_length": 8,
    }  # fmt: skip
    words = ["--scenario", "memory", "--algorithm", "dreamer", "--num_envs", "1", "--arenas", "4"]
    words += ["--run_root", str(tmp_path), "--experiment_name", "run", "--port", str(free_port)]
    for name, value in settings.items():
        words += ["--set", f"algorithm.{name}={value}"]

    assert train.main([*words, "--timesteps", "160"]) == 0
    first = tmp_path / "models" / "run_final.zip"
    assert read_meta(first).timesteps == 160
    updates = _dreamer(first)._n_updates
    assert train.main([*words, "--timesteps", "256", "--resume"]) == 0

    resumed = _dreamer(first)
    assert resumed.num_timesteps == 256
    assert resumed._n_updates > updates > 0
    model, report = tmp_path / "models" / "run_final.onnx", tmp_path / "report.json"
    flags = ["--scenario", "memory", "--model", str(model), "--episodes", "2", "--seed", "5"]
    flags += ["--num_envs", "1", "--arenas", "2", "--port", str(free_port)]
    assert evaluate.main([*flags, "--in_engine", "--output", str(report)]) == 0
    in_engine = json.loads(report.read_text("utf-8"))
    assert evaluate.main([*flags, "--output", str(report)]) == 0
    through_python = json.loads(report.read_text("utf-8"))

    lengths = [[one["length"] for one in each["episodes"]] for each in (in_engine, through_python)]
    assert len(lengths[0]) == 2
    # The engine's forward is the exported policy, memory included: it acts as onnxruntime does.
    assert lengths[0] == lengths[1]


@pytest.mark.nightly
def test_a_world_model_learns_what_a_real_scene_shows(tmp_path: Path, free_port: int) -> None:
    data = tmp_path / "random.traj"
    words = ["--scenario", "vr_locomotion", "--episodes", "8", "--num_envs", "1", "--arenas", "8"]
    assert data_collect.main([*words, "--port", str(free_port), "--output", str(data)]) == 0
    parts = read_trajectories(data)
    settings = WorldModelSettings(
        state_dim=64, hidden_dim=64, categoricals=8, classes=8, layers=1, learning_rate=2e-3,
        batch_size=16, sequence_length=16,
    )  # fmt: skip
    size = parts[0].observations["obs"].shape[1]

    trained = train_world_model(parts, (size,), 25, settings=settings)

    seen = np.concatenate([one.observations["obs"] for one in parts])
    scaled = np.sign(seen) * np.log1p(np.abs(seen))
    # What a model reaches that has learned nothing but the mean.
    blind = float(((scaled - scaled.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert trained.history[-1].training["observation_obs"] < 0.75 * blind
    (found,) = measure_open_loop(trained.model, parts)
    assert found.model.mean() < found.velocity.mean()


def _dreamer(path: Path) -> Dreamer:
    model = load_checkpoint(path).model
    assert isinstance(model, Dreamer)
    return model
