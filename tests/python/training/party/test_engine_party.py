"""Several policies in one run on the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.config import TrainConfig
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.conftest import REPOSITORY
from tests.python.learners import config_of

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

UNLIKE = "res://tests/godot/fixtures/unlike_arena.tscn"
COUNTERS, CHOOSERS = "counters", "choosers"


def _config(root: Path, port: int, **changes: Any) -> TrainConfig:
    base = config_of(
        scenario="custom",
        experiment_name="pair",
        training={"timesteps": 1536, "save_frequency": 768},
        run_root=str(root),
        environment={
            "num_envs": 2,
            "arenas": 2,
            "project_path": str(REPOSITORY),
            "scene_path": UNLIKE,
            "check_arenas": False,
            "port": port,
        },
        algorithm={"n_steps": 32, "batch_size": 64, "n_epochs": 2},
        network={"net_arch": [8]},
    )
    return base.replace(changes)


def _weights(path: Path, name: str, folder: Path) -> torch.Tensor:
    member = read_policy_set(path).extract(name, folder)
    assert member is not None
    return torch.cat([part.flatten() for part in load_checkpoint(member).model.policy.parameters()])


def test_two_unlike_learners_train_evaluate_export_and_go_on(
    tmp_path: Path, free_port: int
) -> None:
    """PPO of mixed actions beside SAC of one number, two engines."""
    changes: dict[str, Any] = {
        "policies": {
            COUNTERS: {
                "algorithm": {"name": "sac", "learning_starts": 64, "batch_size": 32},
                "network": {"net_arch": [8]},
            }
        },
        "evaluation": {"every": 768, "episodes": 12, "policy": CHOOSERS},
        "parameters": {"gravity": 2.5},
    }
    result = train(_config(tmp_path, free_port, **changes))
    paths = RunPaths("pair", tmp_path)
    assert {name: one.timesteps for name, one in result.policies.items()} == {
        COUNTERS: 1024,
        CHOOSERS: 512,
    }
    found = read_policy_set(paths.final_model)
    metas = {}
    for name in found.names:
        member = found.extract(name, tmp_path)
        assert member is not None
        metas[name] = read_meta(member)
    # Each file says what its own agents see and do.
    assert metas[COUNTERS].algorithm == "SAC"
    assert metas[COUNTERS].observation_names["obs"][0] == "ticks"
    assert [each["key"] for each in metas[COUNTERS].scene["actions"]] == ["push"]
    assert [each["key"] for each in metas[CHOOSERS].scene["actions"]] == ["aim", "choice"]
    assert metas[CHOOSERS].scene["policy"] == CHOOSERS
    for one in result.policies.values():
        assert one.onnx_difference is not None
        assert one.onnx_difference <= 1e-4
    assert is_policy_set(paths.best_model)
    tags = {tag for row in read_metrics(paths.metrics) for tag in row}
    assert {
        "parameters/gravity",
        f"policy/{COUNTERS}/train/actor_loss",
        f"policy/{CHOOSERS}/train/loss",
        f"policy/{COUNTERS}/eval/mean_reward",
        "eval/success_rate",
    } <= tags
    again = train(
        _config(tmp_path, free_port, **changes, training={"resume": True, "timesteps": 2304})
    )
    assert again.timesteps >= 2304
    assert read_policy_set(paths.final_model).timesteps == again.timesteps


def test_the_same_seed_is_the_same_run(tmp_path: Path, free_port: int) -> None:
    finals = []
    for part in ("one", "two"):
        root = tmp_path / part
        train(_config(root, free_port, training={"export_onnx": False, "hints": False}))
        finals.append(RunPaths("pair", root).final_model)
    for name in (COUNTERS, CHOOSERS):
        assert torch.equal(*(_weights(final, name, tmp_path) for final in finals))


def test_a_frozen_opponent_and_the_games_own_control(tmp_path: Path, free_port: int) -> None:
    train(_config(tmp_path / "before", free_port))
    before = RunPaths("pair", tmp_path / "before").final_model
    policies = {CHOOSERS: {"state": "frozen", "model": str(before)}}
    root = tmp_path / "frozen"
    result = train(_config(root, free_port, policies=policies))
    paths = RunPaths("pair", root)
    assert result.policies == {}
    assert result.onnx == paths.final_onnx
    assert not is_policy_set(paths.final_model)
    last = read_metrics(paths.metrics)[-1]
    assert last["opponents/pair_final/return_mean"] == pytest.approx(-6.0)
    assert last["opponents/pair_final/win_rate"] == 1.0
    scripted = {CHOOSERS: {"state": "scripted"}}
    root = tmp_path / "scripted"
    assert train(_config(root, free_port, policies=scripted)).timesteps == 1536


def test_ctrl_c_saves_exports_and_exits_with_0(tmp_path: Path, free_port: int) -> None:
    words = [
        *(sys.executable, "-m", "rl_training", "train", "--scenario", "tag"),
        *("--run_root", str(tmp_path), "--num_envs", "2", "--arenas", "4"),
        *("--port", str(free_port), "--timesteps", "10000000", "--no-check_arenas"),
        *("--set", "algorithm.n_steps=32", "--set", "algorithm.batch_size=64"),
        *("--parameter", "pillars=1"),
    ]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(
        words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        # The first figures: it has learned by then.
        if "runner " in line and "steps/s" in line:
            process.send_signal(signal.SIGINT)
            break
    told, rest = process.communicate(timeout=120)
    assert process.returncode == 0, "".join(said) + rest
    assert "stopping, saving and exporting" in rest
    assert "stopped after" in told
    paths = RunPaths("tag", tmp_path)
    assert read_policy_set(paths.final_model).names == ("runner", "chaser")
    assert paths.policy_onnx("runner").is_file()
    assert paths.policy_onnx("chaser").is_file()
    status = json.loads(paths.status.read_text())
    assert status["stage"] == "stopped"
    assert set(status["policies"]) == {"runner", "chaser"}
