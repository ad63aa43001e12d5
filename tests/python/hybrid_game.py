"""A tiny game without an engine whose actions are continuous and discrete."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from rl_training.protocol.action_field import ActionField
from rl_training.protocol.hybrid_box import HybridBox

FIELDS = (
    ActionField("aim", "continuous", 1),
    ActionField("gear", "discrete", 3),
    ActionField("fire", "discrete", 2),
)
SPACE = HybridBox(FIELDS)

Obs = dict[str, NDArray[np.float32]]


class HybridGame(gym.Env[Obs, Any]):
    """Asks for a gear (a third each), for fire, and for an aim; best possible reward: 1."""

    def __init__(self, number: int = 0) -> None:
        self.observation_space: Any = gym.spaces.Dict(
            {"obs": gym.spaces.Box(-1.0, 1.0, (5,), np.float32)}
        )
        self.action_space: gym.Space[Any] = SPACE
        self._random = np.random.default_rng(number)
        self._step = 0
        self._obs = np.zeros(5, np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Obs, dict[str, Any]]:
        super().reset(seed=seed)
        self._step = 0
        return self._observe(), {}

    def step(self, action: Any) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        aim, gear, fire = SPACE.to_engine(np.asarray(action)[None])[0]
        reward = float(self._obs[int(gear)]) / 2.0
        reward += 0.25 if fire == (self._obs[3] > 0.0) else 0.0
        reward += 0.25 * (1.0 - abs(aim - self._obs[4]))
        self._step += 1
        return self._observe(), reward, False, self._step >= 8, {}

    def _observe(self) -> Obs:
        self._obs = np.zeros(5, np.float32)
        self._obs[self._random.integers(3)] = 1.0
        self._obs[3] = self._random.choice([-1.0, 1.0])
        self._obs[4] = self._random.uniform(-0.8, 0.8)
        return {"obs": self._obs.copy()}


def hybrid_vec_env(agents: int = 8) -> VecEnv:
    """Make `agents` of them; torch gets one thread, since tests run beside each other."""
    torch.set_num_threads(1)
    return DummyVecEnv([lambda number=number: HybridGame(number) for number in range(agents)])  # type: ignore[misc]


def mean_reward(predict: Any, decisions: int = 400) -> float:
    """Return the mean reward a decision of what `predict(obs)` does; 1 is best."""
    env = hybrid_vec_env(10)
    obs: Any = env.reset()
    total = 0.0
    for _ in range(decisions // 10):
        obs, rewards, _, _ = env.step(predict(obs))
        total += float(rewards.mean())
    return total / (decisions // 10)
