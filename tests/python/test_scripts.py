"""The entry scripts as users start them: help, wrong use, and the whole way on the real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jsonschema import Draft202012Validator
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.policy_export.onnx_export import export
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from tests.python.learners import ppo_model

SCRIPTS = Path(__file__).parents[2] / "rl_training"
TRAIN, TEST, EVALUATE = "train_vr_locomotion.py", "test_vr_locomotion.py", "evaluate_model.py"
ENGINES = ("--num_envs", "2", "--arenas", "4")


Run = Callable[..., tuple[int, str, str]]


def _train(run: Run, root: Path, *flags: str) -> str:
    code, out, err = run(
        TRAIN, "--run_root", str(root), "--experiment_name", "e2e", *ENGINES, *flags
    )
    assert code == 0, err
    return out


@pytest.mark.parametrize("script", [TRAIN, TEST, EVALUATE])
def test_scripts_run_from_any_folder_without_an_installation(script: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / script), "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert "--seed" in done.stdout


@pytest.mark.parametrize(
    ("script", "flags", "message"),
    [
        (TRAIN, ["--timestep", "5"], "Did you mean '--timesteps'?"),
        (TRAIN, ["--timesteps", "0"], "timesteps must be at least 1; found 0"),
        (TRAIN, ["--scenario", "vr_locomotio"], "Did you mean 'vr_locomotion'?"),
        (
            TRAIN,
            ["--godot", "/nowhere/godot", "--run_root", "{tmp}"],
            "/nowhere/godot is not there",
        ),
        (TRAIN, ["--resume", "--run_root", "{tmp}"], "nothing to resume"),
        (TRAIN, ["--project_path", "{tmp}", "--run_root", "{tmp}"], "holds no project.godot"),
        (
            TRAIN,
            ["--scene_path", "res://vr_locomotion_tset.tscn", "--run_root", "{tmp}"],
            "did you mean res://scenes/",
        ),
        (EVALUATE, ["--episodes", "5"], "the following arguments are required: --model"),
        (EVALUATE, ["--model", "{tmp}/none.zip"], "no model at"),
        (TEST, ["--model", "{tmp}/none.zip"], "no model at"),
    ],
)
def test_mistakes_are_one_line_and_exit_with_2(
    run: Run, script: str, flags: list[str], message: str, tmp_path: Path
) -> None:
    code, _, err = run(script, *(flag.format(tmp=tmp_path) for flag in flags))
    assert code == 2
    last = err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert message in last


@pytest.mark.engine
def test_train_resume_and_play(run: Run, tmp_path: Path) -> None:
    first = _train(run, tmp_path, "--timesteps", "2000", "--save_frequency", "1000")
    assert "trained 2," in first
    paths = RunPaths("e2e", tmp_path)
    assert len(paths.checkpoints()) == 2
    rows = read_metrics(paths.metrics)
    assert rows[-1]["timesteps"] >= 2000

    _train(run, tmp_path, "--timesteps", "8000", "--resume")
    checkpoint = load_checkpoint(paths.final_model)
    assert checkpoint.model.num_timesteps >= 8_000
    assert checkpoint.meta.observation_names["obs"]
    rows = read_metrics(paths.metrics)
    assert rows[0]["timesteps"] < 2000
    # Episodes last 600 decisions at most; since the resume each of 8 agents made 750.
    assert {"reward/progress", "reward/collision", "episode/success"} <= rows[-1].keys()
    assert rows[-1]["engine/physics_ms_max"] >= rows[-1]["engine/physics_ms_mean"] > 0.0

    code, out, err = run(TEST, "--model", str(paths.final_onnx), "--episodes", "1")
    assert code == 0, err
    assert out.count("\nepisode ") == 1


@pytest.mark.engine
def test_ctrl_c_saves_exports_and_exits_with_0(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / TRAIN), "--run_root", str(tmp_path), *ENGINES]
    process = subprocess.Popen(
        [*command, "--timesteps", "10000000", "--n_steps", "64"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("PPO:"):
                break
        time.sleep(2.0)
        # As a terminal does it: to the whole group, engines or workers included.
        os.killpg(process.pid, signal.SIGINT)
        _, text = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, text
    assert "stopping, saving and exporting" in text
    assert "Traceback" not in text
    paths = RunPaths("vr_locomotion", tmp_path)
    assert load_checkpoint(paths.final_model).model.num_timesteps > 0
    assert paths.final_onnx.is_file()


@pytest.mark.engine
def test_subproc_workers_train_as_well(run: Run, tmp_path: Path) -> None:
    flags = ("--timesteps", "1000", "--vec_env", "subproc", "--no-export_onnx")
    assert "trained 1," in _train(run, tmp_path, *flags)
    assert not RunPaths("e2e", tmp_path).final_onnx.exists()


def _wandering_model(folder: Path) -> Path:
    """Make a policy that was not trained but moves about, so that playing it says something."""
    with GodotVecEnv(
        project_path=SCRIPTS.parent,
        scene_path="res://scenes/features/vr_locomotion_test.tscn",
        arenas=1,
        action_repeat=9,
    ) as env:
        wrapped = VecNormalize(env)
        model = ppo_model(wrapped, seed=3, timesteps=1000)
        wrapped.reset()
        policy: Any = model.policy
        with torch.no_grad():
            policy.action_net.weight.mul_(12.0)
        save_checkpoint(folder / "m.zip", model, Normaliser.of(wrapped), CheckpointMeta(seed=3))
        export(model, Normaliser.of(wrapped), folder / "m.onnx", CheckpointMeta(seed=3))
    return folder / "m.zip"


def _report(run: Run, model: Path, output: Path, *flags: str) -> dict[str, Any]:
    code, _, err = run(
        EVALUATE, "--model", str(model), "--output", str(output), "--episodes", "6", *flags
    )
    assert code == 0, err
    report: dict[str, Any] = json.loads(output.read_text())
    return report


@pytest.mark.engine
def test_the_engine_alone_plays_the_same_episodes(run: Run, tmp_path: Path) -> None:
    model = _wandering_model(tmp_path)
    python = _report(run, model, tmp_path / "python.json")
    engine = _report(run, model, tmp_path / "engine.json", "--in_engine", "--num_envs", "1")
    assert (python["mode"], engine["mode"]) == ("python", "in_engine")
    assert python.keys() == engine.keys()
    assert python["engine"] == engine["engine"] != ""
    rows = list(zip(python["episodes"], engine["episodes"], strict=True))
    assert all(one["seed"] == two["seed"] for one, two in rows)
    assert len({one["return"] for one, _ in rows}) > 1
    schema = json.loads((SCRIPTS / "evaluation" / "report.schema.json").read_text())
    for report in (python, engine):
        Draft202012Validator(schema).validate(report)
    for row in (row for pair in rows for row in pair):
        assert 0.0 < row["times"]["physics_ms_mean"] <= row["times"]["physics_ms_max"]
    # The two runners round differently, and a collision can make another course of that.
    close = [np.isclose(one["return"], two["return"], atol=0.01) for one, two in rows]
    assert sum(close) >= 3
