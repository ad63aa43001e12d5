"""Two halves of a run, the second resumed, make the same curve as the run in one piece."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from rl_training.checkpoints.checkpoint import load_checkpoint, read_callbacks
from rl_training.config import TrainConfig
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env
from tests.python.training.test_pipeline import _Hooked

TIMESTEPS = 20_000
AGENTS = 4


def config(root: Path, name: str, resume: bool = False) -> TrainConfig:
    return config_of(
        experiment_name=name,
        timesteps=TIMESTEPS,
        save_frequency=5000,
        run_root=str(root),
        num_envs=1,
        resume=resume,
        export_onnx=False,
        ppo={"n_steps": 50, "batch_size": 100, "n_epochs": 4},
    )


@pytest.mark.timeout(180)
def test_two_halves_make_the_whole(tmp_path: Path) -> None:
    def stop_half_way(step: int) -> None:
        if step == TIMESTEPS // 2 // AGENTS + 10:
            os.kill(os.getpid(), signal.SIGINT)

    train(config(tmp_path, "whole"), lambda *_: tiny_vec_env(AGENTS))
    first = train(
        config(tmp_path, "halves"), lambda *_: _Hooked(tiny_vec_env(AGENTS), stop_half_way)
    )
    assert first.stopped
    assert first.timesteps == TIMESTEPS // 2
    half = RunPaths("halves", tmp_path).final_model
    remembered = read_callbacks(half)["episodes"]
    assert len(remembered["episode/collisions"]) == 100
    second = train(config(tmp_path, "halves", resume=True), lambda *_: tiny_vec_env(AGENTS))
    assert second.timesteps == TIMESTEPS

    models, rows = {}, {}
    for name in ("whole", "halves"):
        paths = RunPaths(name, tmp_path)
        checkpoint = load_checkpoint(paths.final_model)
        models[name] = checkpoint
        rows[name] = read_metrics(paths.metrics)
    whole, halves = models["whole"], models["halves"]
    # The same number of updates, optimiser steps and observations behind both.
    assert whole.model._n_updates == halves.model._n_updates
    steps = [
        next(iter(checkpoint.model.policy.optimizer.state.values()))["step"].item()
        for checkpoint in (whole, halves)
    ]
    assert steps[0] == steps[1] > 100
    assert whole.normaliser is not None
    assert halves.normaliser is not None
    counts = [normaliser.obs["obs"].count for normaliser in (whole.normaliser, halves.normaliser)]
    # The decisions of the rollout that was cut off were seen, but not learned from.
    assert counts[1] == pytest.approx(counts[0], abs=15 * AGENTS)
    assert np.allclose(
        whole.normaliser.obs["obs"].mean, halves.normaliser.obs["obs"].mean, atol=0.1
    )

    # The same learning-rate schedule and the same curve, but for what chance does.
    for tag, tolerance in (("train/learning_rate", 1e-9), ("rollout/ep_rew_mean", 1.5)):
        curves = [
            {row["timesteps"]: row[tag] for row in rows[name] if row.get(tag) is not None}
            for name in ("whole", "halves")
        ]
        common = sorted(curves[0].keys() & curves[1].keys())
        assert common[-1] == TIMESTEPS
        assert len(common) >= TIMESTEPS // 200 - 3
        for timesteps in common:
            assert curves[1][timesteps] == pytest.approx(curves[0][timesteps], abs=tolerance)
    rewards = [row["rollout/ep_rew_mean"] for row in rows["whole"]]
    assert max(rewards) - rewards[0] > 4.0, "the curve is flat: it would prove nothing"
