from __future__ import annotations

import json
import logging
import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, HarnessError, ModelError
from rl_training.runs.artefacts import read_artefacts
from rl_training.runs.control import send
from rl_training.runs.lock import RunBusyError, run_lock
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env


def _config(root: Path, **changes: Any) -> TrainConfig:
    base = config_of(
        experiment_name="walk",
        timesteps=512,
        save_frequency=256,
        run_root=str(root),
        num_envs=1,
        ppo={"n_steps": 32, "batch_size": 64, "n_epochs": 2},
    )
    return base.replace(changes)


def _tiny(_settings: EnvSettings, _kind: str) -> VecEnv:
    return tiny_vec_env()


class _Hooked(VecEnvWrapper):
    """Calls `hook` with the number of every step."""

    def __init__(self, venv: VecEnv, hook: Any) -> None:
        super().__init__(venv)
        self._hook = hook
        self._steps = 0
        self.closed = False

    def reset(self) -> Any:
        return self.venv.reset()

    def step_wait(self) -> Any:
        self._steps += 1
        self._hook(self._steps)
        return self.venv.step_wait()

    def close(self) -> None:
        self.closed = True
        super().close()


def test_a_run_leaves_what_the_contract_says(tmp_path: Path) -> None:
    result = train(_config(tmp_path), _tiny)
    paths = RunPaths("walk", tmp_path)
    assert result.timesteps == 512
    assert not result.stopped
    assert list(result.checkpoints) == paths.checkpoints()
    assert [path.name for path in paths.checkpoints()] == [
        "walk_step_256.zip",
        "walk_step_512.zip",
    ]
    assert paths.final_model.is_file()
    assert result.onnx == paths.final_onnx
    assert result.onnx_difference is not None
    assert result.onnx_difference <= 1e-5
    assert json.loads(paths.config.read_text())["training"]["timesteps"] == 512
    meta = read_meta(paths.final_model)
    assert (meta.timesteps, meta.scenario) == (512, "vr_locomotion")
    assert meta.config["experiment_name"] == "walk"
    assert "trained 512 steps" in result.summary()


def test_tensorboard_and_metrics_name_terms_and_metrics(tmp_path: Path) -> None:
    train(_config(tmp_path), _tiny)
    paths = RunPaths("walk", tmp_path)
    events = EventAccumulator(str(paths.logs))
    events.Reload()
    wanted = {
        *("rollout/ep_rew_mean", "rollout/ep_len_mean", "rollout/success_rate", "time/fps"),
        *("reward/progress", "reward/time_out", "episode/success", "episode/collisions"),
        *("train/loss", "train/learning_rate"),
    }
    assert wanted <= set(events.Tags()["scalars"])
    assert events.Scalars("episode/collisions")[-1].value == 2.0
    rows = read_metrics(paths.metrics)
    assert [row["timesteps"] for row in rows] == [128, 256, 384, 512]
    assert rows[-1]["reward/time_out"] == -0.5
    assert wanted <= rows[-1].keys()


def test_scenes_that_report_nothing_train_as_well(tmp_path: Path) -> None:
    result = train(_config(tmp_path), lambda *_: tiny_vec_env(infos=False))
    assert result.success_rate is None
    assert result.mean_reward is not None


def test_minutes_end_a_run_that_goes_on_later(tmp_path: Path) -> None:
    first = train(_config(tmp_path, training={"max_minutes": 1e-9}), _tiny)
    assert first.stopped
    assert first.model.is_file()
    again = train(_config(tmp_path, resume=True), _tiny)
    assert not again.stopped
    assert again.timesteps > first.timesteps


def test_discrete_actions_train(tmp_path: Path) -> None:
    result = train(_config(tmp_path), lambda *_: tiny_vec_env(discrete=True))
    assert result.onnx is not None


def test_resume_goes_on(tmp_path: Path) -> None:
    train(_config(tmp_path), _tiny)
    paths = RunPaths("walk", tmp_path)
    before = load_checkpoint(paths.final_model)
    result = train(_config(tmp_path, timesteps=1024, resume=True), _tiny)
    assert result.timesteps == 1024
    after = load_checkpoint(paths.final_model)
    assert before.normaliser is not None
    assert after.normaliser is not None
    grown = after.normaliser.obs["obs"].count - before.normaliser.obs["obs"].count
    assert grown == pytest.approx(512, abs=8)
    steps = [
        checkpoint.model.policy.optimizer.state_dict()["state"][0]["step"]
        for checkpoint in (before, after)
    ]
    assert steps[1] == 2 * steps[0]
    assert [row["timesteps"] for row in read_metrics(paths.metrics)][-1] == 1024
    assert len(read_metrics(paths.metrics)) == 8
    assert [path.name for path in paths.checkpoints()][-1] == "walk_step_1024.zip"


def test_resuming_a_finished_run_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    train(_config(tmp_path), _tiny)
    with caplog.at_level(logging.WARNING):
        result = train(_config(tmp_path, resume=True), _tiny)
    assert result.timesteps == 512
    assert "raise --timesteps to train on" in caplog.text


def test_resume_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing to resume"):
        train(_config(tmp_path, resume=True), _tiny)


def test_a_second_run_of_the_name_sets_the_first_aside(tmp_path: Path) -> None:
    train(_config(tmp_path), _tiny)
    train(_config(tmp_path, timesteps=256), _tiny)
    paths = RunPaths("walk", tmp_path)
    assert [path.name for path in paths.checkpoints()] == ["walk_step_256.zip"]
    assert len(read_metrics(paths.metrics)) == 2
    archived = {path.name for path in (tmp_path / "models" / "archive").rglob("*.zip")}
    assert "walk_step_512.zip" in archived


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_exports_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    def hook(step: int) -> None:
        if step == 50:
            os.kill(os.getpid(), number)

    earlier = signal.getsignal(number)
    result = train(_config(tmp_path), lambda *_: _Hooked(tiny_vec_env(), hook))
    assert signal.getsignal(number) == earlier
    paths = RunPaths("walk", tmp_path)
    assert result.stopped
    assert result.timesteps == 128  # the rollout that was cut off is not counted
    assert read_meta(paths.final_model).timesteps == result.timesteps
    assert paths.final_onnx.is_file()
    assert "stopped after" in result.summary()
    resumed = train(_config(tmp_path, resume=True), _tiny)
    assert resumed.timesteps >= 512


def test_a_dead_engine_leaves_a_checkpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(step: int) -> None:
        if step == 50:
            raise EngineDiedError("engine 0 is gone")

    made: list[_Hooked] = []

    def factory(_settings: EnvSettings, _kind: str) -> VecEnv:
        made.append(_Hooked(tiny_vec_env(), hook))
        return made[-1]

    with pytest.raises(EngineDiedError, match="engine 0 is gone"), caplog.at_level(logging.WARNING):
        train(_config(tmp_path), factory)
    paths = RunPaths("walk", tmp_path)
    assert [path.name for path in paths.checkpoints()] == ["walk_step_128.zip"]
    assert "go on with --resume" in caplog.text
    assert made[0].closed


def test_a_diverged_run_says_so(tmp_path: Path) -> None:
    # The first update drives the weights out of float32's range.
    config = _config(tmp_path, ppo={"learning_rate": 1.0, "n_steps": 8, "log_std_init": -60.0})
    with pytest.raises(HarnessError, match=r"training diverged.*lower --learning_rate"):
        train(config, _tiny)


def test_the_environment_gets_the_runs_settings(tmp_path: Path) -> None:
    seen: list[tuple[EnvSettings, str]] = []

    def factory(settings: EnvSettings, kind: str) -> VecEnv:
        seen.append((settings, kind))
        return tiny_vec_env()

    config = _config(tmp_path, seed=7, arenas=3, port=12345, vec_env="subproc", timesteps=128)
    train(config, factory)
    settings, kind = seen[0]
    assert kind == "subproc"
    assert settings.scene_path == "res://scenes/features/vr_locomotion_test.tscn"
    assert (settings.seed, settings.arenas, settings.action_repeat) == (7, 3, 9)
    assert (settings.port, settings.port_strict) == (12345, True)


def test_runs_of_one_seed_are_equal(tmp_path: Path) -> None:
    obs = {"obs": np.ones((1, 12), np.float32)}
    actions = []
    for name in ("a", "b"):
        train(_config(tmp_path / name, export_onnx=False), _tiny)
        model = load_checkpoint(RunPaths("walk", tmp_path / name).final_model).model
        actions.append(model.predict(obs, deterministic=True)[0])
    np.testing.assert_array_equal(actions[0], actions[1])


def test_it_learns(tmp_path: Path) -> None:
    ppo = {"n_steps": 64, "batch_size": 64, "n_epochs": 10, "learning_rate": 0.003, "gamma": 0.9}
    config = _config(tmp_path, timesteps=10_000, ppo=ppo, export_onnx=False)
    result = train(config, lambda *_: tiny_vec_env(agents=8))
    # The best possible is about 10 (action 0 always +-1 with the observation's sign).
    assert result.mean_reward is not None
    assert result.mean_reward > 5.0


def test_a_run_tells_what_became_of_it(tmp_path: Path) -> None:
    train(_config(tmp_path), _tiny)
    paths = RunPaths("walk", tmp_path)
    status = read_status(paths.status)
    assert status is not None
    assert (status.stage, status.timesteps, status.total) == ("done", 512, 512)
    assert (status.algorithm, status.scenario) == ("ppo", "vr_locomotion")
    assert status.success_rate is not None
    kinds = [(made.kind, made.timesteps) for made in read_artefacts(paths)]
    assert kinds == [("checkpoint", 256), ("checkpoint", 512), ("final", 512), ("onnx", 512)]
    assert "512 of 512 steps" in paths.train_log.read_text()


def test_a_second_run_of_the_name_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    with run_lock(paths):
        for resume in (False, True):
            with pytest.raises(RunBusyError, match=rf"'walk' .* process {os.getpid()}"):
                train(_config(tmp_path, resume=resume), _tiny)
    assert train(_config(tmp_path), _tiny).timesteps == 512


def test_commands_reach_a_run(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)

    def hook(step: int) -> None:
        if step == 1:
            send(paths, "save")
        if step == 60:
            send(paths, "stop")
        # The run looks at its commands once a second.
        if step in (30, 61):
            time.sleep(1.1)

    result = train(_config(tmp_path), lambda *_: _Hooked(tiny_vec_env(), hook))
    assert result.stopped
    assert result.timesteps < 512
    status = read_status(paths.status)
    assert status is not None
    assert status.stage == "stopped"
    assert [told["command"] for told in status.acknowledged] == ["save", "stop"]
    assert Path(status.acknowledged[0]["result"].removeprefix("saved ")).is_file()


def test_the_best_policy_is_kept_and_the_run_ends_when_none_is_better(tmp_path: Path) -> None:
    evaluation = {"every": 128, "episodes": 8, "metric": "collisions", "patience": 2}
    # A policy that hardly changes gets no better.
    still = {"learning_rate": 1e-12, "learning_rate_decay": False}
    config = _config(tmp_path, evaluation=evaluation, timesteps=4096, algorithm=still)
    result = train(config.replace({"observations": {"normalise": False}}), _tiny)
    assert result.stopped
    paths = RunPaths("walk", tmp_path)
    # All episodes have two collisions: only the reward tells them apart.
    assert read_meta(paths.best_model).timesteps < result.timesteps
    rows = [row for row in read_metrics(paths.metrics) if "eval/collisions" in row]
    assert rows[-1]["timesteps"] == result.timesteps
    assert {"eval/mean_reward", "eval/success_rate", "eval/seconds"} <= rows[0].keys()


def test_a_resumed_run_says_what_it_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(_config(tmp_path), _tiny)
    changed = _config(tmp_path, resume=True, timesteps=768, algorithm={"gamma": 0.5})
    with caplog.at_level(logging.INFO):
        train(changed, _tiny)
    assert "algorithm.gamma: 0.99 -> 0.5" in caplog.text
    assert "training.timesteps: 512 -> 768" in caplog.text
    assert "n_epochs" not in caplog.text
    assert "training.resume" not in caplog.text  # of the call, not of the run
