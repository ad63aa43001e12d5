"""A small environment without an engine, with the infos that our addon sends at the end."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

Obs = dict[str, NDArray[np.float32]]


class TinyEnv(gym.Env[Obs, Any]):
    """Rewards action 0 for having the sign of observation 0; ends after 10 steps, half by time."""

    def __init__(self, number: int = 0, infos: bool = True, discrete: bool = False) -> None:
        self.observation_space: Any = gym.spaces.Dict(
            {"obs": gym.spaces.Box(-1.0, 1.0, (12,), np.float32)}
        )
        self.action_space: gym.Space[Any] = gym.spaces.Box(-1.0, 1.0, (4,), np.float32)
        if discrete:
            self.action_space = gym.spaces.MultiDiscrete([3, 2])
        self._infos = infos
        self._episode = number
        self._step = 0
        self._return = 0.0
        self._obs = np.zeros(12, np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Obs, dict[str, Any]]:
        super().reset(seed=seed)
        self._episode += 1
        self._step, self._return = 0, 0.0
        return self._observe(), {}

    def step(self, action: Any) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        reward = float(np.ravel(action)[0] * np.sign(self._obs[0]))
        self._step += 1
        self._return += reward
        over, by_time = self._step >= 10, self._episode % 2 == 0
        info: dict[str, Any] = {}
        if over and self._infos:
            info = {
                "is_success": self._return > 0,
                "metrics": {"success": float(self._return > 0), "collisions": 2},
                "reward_terms": {"progress": self._return, "time_out": -0.5},
            }
        return self._observe(), reward, over and not by_time, over and by_time, info

    def _observe(self) -> Obs:
        # Elements of very different means and deviations, the last one constant.
        scale = np.linspace(0.1, 5.0, 12)
        self._obs = (self.np_random.normal(size=12) * scale + scale - 0.1).astype(np.float32)
        self._obs[11] = 0.7
        return {"obs": self._obs}


def tiny_vec_env(agents: int = 4, infos: bool = True, discrete: bool = False) -> VecEnv:
    """Make `agents` of them; torch gets one thread, since tests run beside each other."""
    torch.set_num_threads(1)

    def maker(number: int) -> Any:
        return lambda: TinyEnv(number, infos, discrete)

    return DummyVecEnv([maker(number) for number in range(agents)])


def tiny_model(seed: int = 1) -> tuple[PPO, VecNormalize]:
    """Train PPO for 128 steps, normaliser included."""
    env = VecNormalize(tiny_vec_env())
    model = PPO("MultiInputPolicy", env, n_steps=16, batch_size=64, seed=seed, device="cpu")
    model.learn(128)
    return model, env
