"""The bound on exploration that falls over a run."""

from __future__ import annotations

import math

import gymnasium as gym
import pytest
from stable_baselines3 import PPO

from rl_training.config import PPOConfig
from rl_training.errors import ConfigError
from rl_training.training.callbacks import ExplorationCallback


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
        PPOConfig(log_std_init=0.0, log_std_final=1.0)
