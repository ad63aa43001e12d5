"""What a run says of itself while it learns."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

from rl_training.runs.paths import RunPaths
from rl_training.runs.session import open_run
from rl_training.runs.status import read_status
from rl_training.training.progress_callback import ProgressCallback


class Lasting(gym.Env[Any, Any]):
    """Ends after `length` steps; a short one is a success worth 1."""

    def __init__(self, length: int) -> None:
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (2,))
        self.action_space: gym.Space[Any] = gym.spaces.Discrete(2)
        self._length = length
        self._step = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self._step = 0
        return self.observation_space.sample() * 0, {}

    def step(self, action: Any) -> Any:
        self._step += 1
        over, quick = self._step >= self._length, self._length == 2
        info = {"is_success": quick} if over else {}
        return self.observation_space.sample(), float(over and quick), over, False, info


class Notes(BaseCallback):
    """Keeps the note of every step."""

    def __init__(self, progress: ProgressCallback) -> None:
        super().__init__()
        self.notes: list[str] = []
        self._progress = progress

    def _on_step(self) -> bool:
        self.notes.append(self._progress._note())
        return True


def _lasting(*lengths: int) -> VecMonitor:
    return VecMonitor(DummyVecEnv([functools.partial(Lasting, n) for n in lengths]))


def test_the_first_lines_do_not_show_the_lucky_ones() -> None:
    """They read "reward 12.47, success 100 %", then "-34.10, 0 %"."""
    env = _lasting(2, 2, 2, 40)
    model = PPO("MlpPolicy", env, n_steps=60, batch_size=60, n_epochs=1, device="cpu")
    progress = ProgressCallback(240)
    notes = Notes(progress)
    model.learn(240, callback=[progress, notes])
    assert notes.notes[5] == "waiting for the first episode of 1 more agents"
    assert not any("100 %" in note for note in notes.notes)
    assert notes.notes[40].startswith("reward 0.9")


def test_status_and_log_hear_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = RunPaths("walk", tmp_path)
    with open_run(paths, resume=False, total=64) as session:
        session.writer._every_s = 0.0
        progress = ProgressCallback(64, session)
        model = DQN("MlpPolicy", _lasting(2), learning_starts=10, buffer_size=100, device="cpu")
        model.learn(64, callback=progress)
        status = read_status(paths.status)
        progress.close()
    assert status is not None
    assert (status.stage, status.timesteps, status.total) == ("learning", 64, 64)
    assert status.rate is not None
    assert status.mean_reward == 1.0
    assert status.success_rate == 1.0
    assert "100 %  64 of 64 steps" in paths.train_log.read_text()
    assert "64 of 64 steps" in capsys.readouterr().err
