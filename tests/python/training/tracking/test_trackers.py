"""Each tracker logs a real training, offline, and what it kept is read back."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rl_training.errors import ConfigError, UsageError
from rl_training.training.tracking import make_trackers

CONFIG = {"seed": 3, "algorithm": {"gamma": 0.9}, "environment": {"token": "hidden-from-all"}}

# In a process of its own: trackers start services and keep state.
PROGRAM = """
import sys
from pathlib import Path
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecMonitor
from rl_training.training.tracking import make_trackers
from tests.python.tiny_env import tiny_vec_env
import json
name, logs, config = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
model = PPO("MultiInputPolicy", VecMonitor(tiny_vec_env()), n_steps=16, batch_size=64, n_epochs=1)
log = Logger(None, make_trackers([name], "walk", "walk-1", logs, config))
model.set_logger(log)
model.learn(192)
log.close()
log.close()
"""


def _train(name: str, root: Path, **environment: str) -> Path:
    logs = root / "logs" / "walk"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(logs), json.dumps(CONFIG)],
        capture_output=True,
        text=True,
        timeout=110,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4]), **environment},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    # Command lines are kept by some: a token may stand there as well, as it does here.
    kept = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"hidden-from-all" not in kept
    return logs


def test_tensorboard(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(_train("tensorboard", tmp_path)))
    events.Reload()
    assert [event.step for event in events.Scalars("rollout/ep_rew_mean")] == [64, 128, 192]


def test_wandb_offline(tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    logs = _train("wandb", tmp_path, WANDB_MODE="offline")
    (file,) = logs.rglob("*.wandb")
    data = file.read_bytes()
    assert b"rollout/ep_len_mean" in data
    assert b"algorithm.gamma" in data
    assert b"timesteps" in data


def test_mlflow_in_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    _train("mlflow", tmp_path)
    (values,) = (tmp_path / "mlruns").rglob("metrics/time/total_timesteps")
    assert [line.split()[1:] for line in values.read_text().splitlines()] == [
        ["64.0", "64"],
        ["128.0", "128"],
        ["192.0", "192"],
    ]
    (gamma,) = (tmp_path / "mlruns").rglob("params/algorithm.gamma")
    assert gamma.read_text() == "0.9"


def test_trackio_in_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("trackio")
    _train("trackio", tmp_path, TRACKIO_DIR=str(tmp_path / "trackio"))
    (database,) = (tmp_path / "trackio").rglob("spacetime-rl*.db")
    with sqlite3.connect(database) as connection:
        rows: list[Any] = connection.execute("select step, metrics from metrics").fetchall()
    assert [row[0] for row in rows] == [64, 128, 192]
    assert "rollout/ep_rew_mean" in str(rows[-1][1])


def test_a_package_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    for name in [name for name in sys.modules if name.startswith("mlflow.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UsageError, match=r"needs the package mlflow-skinny .*pip install mlflow"):
        make_trackers(["tensorboard", "mlflow"], "walk", "walk-1", tmp_path, {})


def test_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown tracker 'wandbb'. Did you mean 'wandb'\?"):
        make_trackers(["wandbb"], "walk", "walk-1", tmp_path, {})
