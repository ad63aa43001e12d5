"""The bound on exploration that falls over a run."""

from __future__ import annotations

import math
from typing import Any

import gymnasium as gym
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError
from rl_training.training.callbacks import AbsentCallback, ExplorationCallback, TimeLimitCallback


@pytest.mark.parametrize(
    ("done", "log_bound"), [(0, -0.5), (300, -1.25), (600, -2.0), (1000, -2.0)]
)
def test_the_bound_falls_to_its_end_at_six_tenths(done: int, log_bound: float) -> None:
    assert ExplorationCallback(-0.5, -2.0, 1000).bound(done) == pytest.approx(log_bound)


def test_a_run_ends_with_little_noise() -> None:
    model = PPO("MlpPolicy", gym.make("Pendulum-v1"), n_steps=64, batch_size=64, n_epochs=1, seed=0)
    model.learn(512, callback=ExplorationCallback(-0.5, -2.0, 512))
    assert model.policy.log_std.item() == pytest.approx(-2.0, abs=0.1)
    assert model.policy.log_std.exp().item() < math.exp(-1.8)


def test_discrete_actions_have_no_noise_to_bound() -> None:
    model = PPO("MlpPolicy", gym.make("CartPole-v1"), n_steps=32, batch_size=32, n_epochs=1, seed=0)
    model.learn(64, callback=ExplorationCallback(-0.5, -2.0, 64))


def test_the_final_bound_may_not_exceed_the_first() -> None:
    with pytest.raises(ConfigError, match="at most log_std_init"):
        TrainConfig.from_dict({"actions": {"log_std_init": 0.0, "log_std_final": 1.0}})


class Leaving(gym.Wrapper[Any, Any, Any, Any]):
    """CartPole whose row falls silent after 20 steps."""

    steps = 0

    def step(self, action: Any) -> Any:
        self.steps += 1
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self.steps > 20:
            info = {"absent": "Enemy2 left the tree"}
        return observation, reward, terminated, truncated, info


class Kept(Logger):
    """Keeps what is logged as agents/absent."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.absent: list[Any] = []

    def record(self, key: str, value: Any, exclude: Any = None) -> None:
        if key == "agents/absent":
            self.absent.append(value)
        super().record(key, value, exclude)


def test_agents_that_left_are_counted_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    model = PPO(
        "MlpPolicy", Leaving(gym.make("CartPole-v1")), n_steps=32, batch_size=32, n_epochs=1
    )
    log = Kept(None, [])
    model.set_logger(log)
    model.learn(64, callback=AbsentCallback())
    assert log.absent == [1, 1]
    assert caplog.text.count("agent 0 has left the scene (Enemy2 left the tree)") == 1


def test_minutes_that_are_over_ask_for_the_end_once() -> None:
    told: list[str] = []
    callback = TimeLimitCallback(1e-9, told.append)
    callback._on_training_start()
    while not told:
        assert callback._on_step()
    callback._on_step()
    assert told == ["1e-09 minutes are over"]
    patient = TimeLimitCallback(1000.0, told.append)
    patient._on_training_start()
    patient._on_step()
    assert len(told) == 1
