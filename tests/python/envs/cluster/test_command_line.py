"""`train --backend ray` with the real engine: the run of one machine, and it resumes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed")

from tests.python.conftest import REPOSITORY

pytestmark = [pytest.mark.timeout(3600), pytest.mark.nightly, pytest.mark.engine]

# Two rollouts.
SIZE = ("--num_envs", "2", "--arenas", "4", "--set", "algorithm.n_steps=64")
STEPS = 2 * 64 * 8
# What is measured of the machine and the clock differs in any two runs.
MEASURED = ("time/", "engine/")


def train(root: Path, name: str, *more: str) -> str:
    command = [sys.executable, "-m", "rl_training", "train", "--scenario", "vr_locomotion"]
    command += ["--run_root", str(root), "--experiment_name", name, *SIZE, *more]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def rows(root: Path, name: str) -> list[dict[str, Any]]:
    lines = (root / "logs" / name / "metrics.jsonl").read_text("utf-8").splitlines()
    return [
        {k: v for k, v in json.loads(line).items() if k != "time" and not k.startswith(MEASURED)}
        for line in lines
    ]


def test_one_seed_gives_the_run_of_one_machine_and_it_resumes(tmp_path: Path) -> None:
    ray = ("--backend", "ray", "--engines_per_actor", "1")
    told = train(tmp_path, "there", *ray, "--timesteps", str(STEPS))
    assert "engines: 2 in 2 actors on 1 node(s)" in told
    train(tmp_path, "here", "--set", "algorithm.collection=free", "--timesteps", str(STEPS))
    here, there = rows(tmp_path, "here"), rows(tmp_path, "there")
    assert len(here) == len(there) >= 2
    for one, other in zip(here, there, strict=True):
        assert one == other
    assert here[-1].keys() >= {"timesteps", "train/loss", "train/value_loss"}

    train(tmp_path, "there", *ray, "--timesteps", str(2 * STEPS), "--resume")
    status = json.loads((tmp_path / "logs" / "there" / "status.json").read_text("utf-8"))
    assert status["timesteps"] == 2 * STEPS
    assert status["stage"] == "done"
    assert (tmp_path / "models" / "there_final.onnx").is_file()
