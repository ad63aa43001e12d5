"""A real server over a root of its own, runs as the harness writes them, and a run that trains."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn", reason="the dashboard's packages are not installed")

from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import StatusWriter, new_status, read_status

TOKEN = "a-token-of-the-tests"
PATIENCE_S = float(os.environ.get("DASHBOARD_TESTS_PATIENCE_S", "200"))
"""Longest wait for anything on a busy machine; tests go on as soon as it is there."""


@dataclass
class Dashboard:
    """A server that runs."""

    root: Path
    url: str
    process: subprocess.Popen[str]

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {TOKEN}", **more.pop("headers", {})}
        return httpx.request(
            method, self.url + path, json=body, headers=headers, timeout=PATIENCE_S, **more
        )

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self) -> int:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


def start_dashboard(root: Path, port: int = 0, token: str | None = TOKEN) -> Dashboard:
    """Start the real command, and wait for the address that it prints."""
    repository = str(Path(__file__).parents[3])
    words = [sys.executable, "-m", "rl_training", "dashboard"]
    words += ["--run_root", str(root), "--port", str(port)]
    process = subprocess.Popen(
        words + ([] if token is None else ["--token", token]),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": repository},
    )
    assert process.stdout is not None
    lines = [process.stdout.readline(), process.stdout.readline()]
    found = re.search(r"(http://127\.0\.0\.1:\d+)/#token=", lines[1])
    assert found, lines
    return Dashboard(root, found[1], process)


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    """A server over `tmp_path`/runs."""
    made = start_dashboard(tmp_path / "runs")
    yield made
    made.end()


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until a condition holds and return what it gave."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


def make_run(
    root: Path,
    name: str,
    rows: int = 50,
    scale: float = 1.0,
    settings: dict[str, Any] | None = None,
    stage: str = "done",
) -> RunPaths:
    """Write a finished run with what writes real ones."""
    paths = RunPaths(name, root)
    paths.logs.mkdir(parents=True)
    writer = MetricsWriter(paths.metrics)
    for i in range(rows):
        writer.write((i + 1) * 1000, row(i, scale))
    writer.close()
    known = {"total": rows * 1000, "timesteps": rows * 1000, "algorithm": "ppo"}
    status = StatusWriter(paths.status, new_status(name, **known, scenario="vr_locomotion"))
    status.update(stage=stage, mean_reward=scale * (rows - 1), success_rate=0.5)
    config = {"scenario": "vr_locomotion", "algorithm": {"learning_rate": 0.001 * scale}}
    paths.config.write_text(json.dumps({**config, **(settings or {})}))
    paths.train_log.write_text(f"2026-01-01 INFO {name} began\n")
    return paths


def row(i: int, scale: float = 1.0) -> dict[str, float]:
    """Return scalars as a run of PPO has them."""
    scalars = {
        "rollout/ep_rew_mean": scale * i, "rollout/ep_len_mean": 100.0,
        "rollout/success_rate": min(1.0, i / 50), "train/value_loss": 1.0 / (i + 1),
        "train/loss": 0.5, "train/policy_gradient_loss": -0.01, "train/approx_kl": 0.01,
        "train/entropy_loss": -2.0, "time/fps": 900.0, "engine/restarts": 0.0,
        "engine/physics_ms_mean": 1.0, "engine/physics_ms_max": 3.0, "reward/goal": scale * i,
        "reward/time": -1.0, "parameters/wind": 0.5, "curriculum/wind/lesson": 1.0 + i // 20,
    }  # fmt: skip
    if i % 10 == 9:
        scalars |= {"eval/mean_reward": scale * i + 1.0, "eval/success_rate": 0.9}
    return scalars


@pytest.fixture
def training(
    tmp_path: Path, fake_game: Callable[..., str]
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start real trainings on a fake game under `tmp_path`/runs: `training("walk")`."""
    children: list[subprocess.Popen[str]] = []
    game = fake_game()

    def start(name: str, *flags: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "rl_training", "train", "--scenario", "custom"]
        words += ["--env_path", game, "--num_envs", "1", "--arenas", "2", "--n_steps", "32"]
        words += ["--batch_size", "32", "--timesteps", "100000000", "--no-export_onnx"]
        words += ["--experiment_name", name, "--run_root", str(tmp_path / "runs"), *flags]
        child = subprocess.Popen(
            words,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        children.append(child)
        paths = RunPaths(name, tmp_path / "runs")

        def learns() -> bool:
            assert child.poll() is None, child.communicate()[1]
            status = read_status(paths.status)
            return status is not None and status.stage == "learning" and paths.metrics.is_file()

        wait_until(learns, "the training")
        return child

    yield start
    for child in children:
        if child.poll() is None:
            child.terminate()
        child.communicate(timeout=PATIENCE_S)
