"""A run that learns for real, and another thread that commands it through its control file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.errors import ConfigError, UsageError
from rl_training.runs.control import ControlReader, send, wait_for
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import open_run
from rl_training.runs.status import read_status
from rl_training.training.callbacks import StopCallback
from rl_training.training.control_callback import ControlCallback
from rl_training.training.live_parameters import change_parameter, changeable
from rl_training.training.stop import StopRequest
from tests.python.tiny_env import tiny_vec_env


def _train_while(root: Path, command: Callable[[RunPaths], None]) -> tuple[PPO, list[int]]:
    """Train until `command`, run beside it, has sent "stop"; return the model and what it saved."""
    paths = RunPaths("walk", root)
    model = PPO("MultiInputPolicy", tiny_vec_env(), n_steps=8, batch_size=32, n_epochs=1)
    saved: list[int] = []

    def save() -> Path:
        saved.append(model.num_timesteps)
        return paths.step_model(model.num_timesteps)

    failed: list[BaseException] = []

    def beside() -> None:
        try:
            command(paths)
        except BaseException as error:
            failed.append(error)
        finally:
            send(paths, "stop")

    with open_run(paths, resume=False, total=1) as session:
        session.control = ControlReader(paths.control, look_s=0.0)
        session.writer._every_s = 0.0
        stop = StopRequest()
        thread = threading.Thread(target=beside)
        thread.start()
        model.learn(10**9, callback=[ControlCallback(session, stop, save), StopCallback(stop)])
        thread.join()
    assert not failed, failed
    return model, saved


def test_save_and_set(tmp_path: Path) -> None:
    def command(paths: RunPaths) -> None:
        assert wait_for(paths, send(paths, "save")).startswith("saved ")
        answer = wait_for(paths, send(paths, "set", {"learning_rate": 1e-4, "n_epochs": 2}))
        assert answer == "learning_rate: 0.0003 -> 0.0001; n_epochs: 1 -> 2"
        with pytest.raises(UsageError, match=r"'n_step' cannot change.*These can: learning_rate"):
            wait_for(paths, send(paths, "set", {"n_step": 3}))

    model, saved = _train_while(tmp_path, command)
    assert len(saved) == 1
    assert saved[0] % 32 == 0  # between two rollouts
    assert model.lr_schedule(0.5) == 1e-4
    assert model.policy.optimizer.param_groups[0]["lr"] == 1e-4


def test_a_paused_run_stands_still_and_still_obeys(tmp_path: Path) -> None:
    def command(paths: RunPaths) -> None:
        wait_for(paths, send(paths, "pause"))
        status = read_status(paths.status)
        assert status is not None
        assert status.stage == "paused"
        saved = [wait_for(paths, send(paths, "save")) for _ in range(2)]
        assert saved[0] == saved[1]
        assert wait_for(paths, send(paths, "resume")).startswith("going on at ")
        wait_for(paths, send(paths, "pause"))  # and it ends from a pause as well

    _, saved = _train_while(tmp_path, command)
    assert saved[0] == saved[1]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("learning_rate", 0.0, "learning_rate must be a number greater than 0 and at most 1"),
        ("learning_rate", "fast", "found 'fast'"),
        ("n_epochs", 1.5, "a whole number at least 1"),
        ("target_kl", True, "found True"),
        ("gamma", 0.9, "'gamma' cannot change in mid-run"),
    ],
)
def test_values_that_are_refused(name: str, value: Any, message: str) -> None:
    model = PPO("MultiInputPolicy", tiny_vec_env(), n_steps=8, batch_size=32)
    with pytest.raises(ConfigError, match=message):
        change_parameter(model, name, value)


@pytest.mark.parametrize("kind", [SAC, TD3])
def test_other_learners_have_other_parameters(kind: type[BaseAlgorithm]) -> None:
    model = kind("MultiInputPolicy", tiny_vec_env(agents=1), buffer_size=100)  # type: ignore[call-arg]
    names = changeable(model)
    assert {"learning_rate", "tau", "gradient_steps"} <= set(names)
    assert "ent_coef" not in names
    assert "clip_range" not in names
    for name in names:
        change_parameter(model, name, 1)
