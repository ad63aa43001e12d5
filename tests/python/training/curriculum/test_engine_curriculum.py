"""Lessons on the real engine: the scene meets the values of the lesson, after restarts too."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.checkpoint import read_callbacks
from rl_training.config import TrainConfig
from rl_training.envs.factory import make_vec_env
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.conftest import REPOSITORY
from tests.python.learners import config_of

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

SCENE = "res://tests/python/training/curriculum/games/farther.tscn"
NEAR, FAR = 0.5, 2.0
"""Distances that the scene's difficulties 0 and 1 begin with."""


def _go_on(threshold: float, **changes: Any) -> dict[str, Any]:
    return {"threshold": threshold, "min_episodes": 30, **changes}


LESSONS: list[dict[str, Any]] = [
    # What is measured is the distance that the scene tells: nothing has to be learned for it.
    {"value": 0.0, "go_on": _go_on(NEAR + 0.01, measure="distance", below=True)},
    {
        "value": "uniform(0.4, 0.6)",
        "also": {"shift": 3.0},
        "go_on": _go_on(0.5, measure="progress"),
    },
    {"value": 1.0},
]


def _config(root: Path, port: int, **changes: Any) -> TrainConfig:
    base = config_of(
        scenario="custom",
        experiment_name="far",
        training={"timesteps": 16384, "save_frequency": 8192, "export_onnx": False},
        run_root=str(root),
        environment={
            "num_envs": 2,
            "arenas": 4,
            "project_path": str(REPOSITORY),
            "scene_path": SCENE,
            "check_arenas": False,
            "port": port,
        },
        algorithm={"n_steps": 128, "batch_size": 1024, "n_epochs": 1},
        network={"net_arch": [8]},
        curriculum={"difficulty": {"lessons": LESSONS}},
    )
    return base.replace(changes)


def _rows(root: Path) -> list[dict[str, Any]]:
    return read_metrics(RunPaths("far", root).metrics)


def test_the_scene_meets_what_the_lessons_set(
    tmp_path: Path, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rule = _go_on(FAR, measure="eval/distance", min_episodes=1)
    lift = {"lessons": [{"value": 0.0, "go_on": rule}, {"value": 1.0}]}
    changes = {"evaluation": {"every": 4096, "episodes": 4}, "curriculum": {"lift": lift}}
    train(_config(tmp_path, free_port, **changes))
    began = [r.message for r in caplog.records if " begins at " in r.message]
    assert sorted(line.partition(" begins")[0] for line in began) == [
        "difficulty: lesson 2 of 3",
        "difficulty: lesson 3 of 3",
        "lift: lesson 2 of 2",
    ]
    rows = [row for row in _rows(tmp_path) if "curriculum/difficulty/lesson" in row]
    by_lesson = {row["curriculum/difficulty/lesson"]: row for row in rows}
    assert by_lesson[1.0]["episode/distance"] == NEAR
    assert "parameters/shift" not in by_lesson[1.0]
    # The engine draws: every episode has its own.
    assert by_lesson[2.0]["parameters/difficulty"] == pytest.approx(0.5, abs=0.05)
    assert by_lesson[2.0]["parameters/shift"] == 3.0
    assert by_lesson[3.0]["episode/distance"] == FAR
    assert by_lesson[3.0]["parameters/difficulty"] == 1.0
    # Evaluations are of the end: the last lesson, whichever the training is in.
    told = [row["eval/distance"] for row in _rows(tmp_path) if "eval/distance" in row]
    assert told == [FAR] * 4


def test_a_lesson_outlives_engines_and_resumes(tmp_path: Path, free_port: int) -> None:
    killed: list[int] = []

    def make(settings: Any, kind: Any) -> Any:
        env: Any = make_vec_env(settings, kind)
        take, calls = env.set_parameters, list[Any]()

        def set_parameters(values: Any, *more: Any) -> None:
            calls.append(values)
            take(values, *more)
            if len(calls) == 2:  # the second lesson: its engines are to be replaced
                for client in env.envs:
                    killed.append(client.process.pid)
                    os.kill(client.process.pid, signal.SIGKILL)

        env.set_parameters = set_parameters
        return env

    lessons = [*LESSONS[:1], {"value": 1.0, "also": {"shift": 3.0}}]
    curriculum = {"difficulty": {"lessons": lessons}}
    train(_config(tmp_path, free_port, curriculum=curriculum), make)
    assert len(killed) == 2
    last = _rows(tmp_path)[-1]
    assert last["engine/restarts"] == 2.0
    assert (last["episode/distance"], last["parameters/shift"]) == (FAR, 3.0)
    final = RunPaths("far", tmp_path).final_model
    before = read_callbacks(final)["curriculum"]["difficulty"]
    assert before["lesson"] == 2
    again = {"training": {"timesteps": 20480, "resume": True}, "curriculum": curriculum}
    train(_config(tmp_path, free_port, **again))
    rows = [row for row in _rows(tmp_path) if row["timesteps"] > 16384]
    assert rows[0]["episode/distance"] == FAR
    assert {row["parameters/difficulty"] for row in rows} == {1.0}
    after = read_callbacks(final)["curriculum"]["difficulty"]
    assert after["ended"] > before["ended"]
