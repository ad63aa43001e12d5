"""A point that is to be pushed onto a target: small enough for Dreamer to learn in a minute."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

LENGTH = 20
CLOSE = 0.15


class PointEnv(gym.Env[Any, Any]):
    """The point moves by 0.2 times the action; the reward is minus its distance to the target.

    Args:
        choices: left, stay, right instead of a number in [-2, 2].
        pictures: a picture of 16 x 16 besides the numbers.
    """

    def __init__(self, choices: bool = False, pictures: bool = False) -> None:
        self._pictures = pictures
        self.observation_space: Any = spaces.Box(-2.0, 2.0, (2,), np.float32)
        if pictures:
            image = spaces.Box(0, 255, (1, 16, 16), np.uint8)
            self.observation_space = spaces.Dict({"camera": image, "obs": self.observation_space})
        self.action_space: Any = spaces.Box(-2.0, 2.0, (1,), np.float32)
        if choices:
            self.action_space = spaces.MultiDiscrete([3, 2])
        self._at, self._target, self._step = 0.0, 0.0, 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin anew."""
        super().reset(seed=seed)
        self._at, self._target = self.np_random.uniform(-1.0, 1.0, 2)
        self._step = 0
        return self._seen(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Move."""
        value = float(np.ravel(action)[0])
        move = value - 1.0 if isinstance(self.action_space, spaces.MultiDiscrete) else value / 2.0
        self._at = float(np.clip(self._at + 0.2 * np.clip(move, -1.0, 1.0), -2.0, 2.0))
        self._step += 1
        away = abs(self._at - self._target)
        over = self._step >= LENGTH
        info = {"is_success": away < CLOSE} if over else {}
        return self._seen(), -away, False, over, info

    def _seen(self) -> Any:
        row: NDArray[np.float32] = np.array([self._at, self._target], np.float32)
        if not self._pictures:
            return row
        picture = np.zeros((1, 16, 16), np.uint8)
        picture[0, 7:9, int((self._at + 2.0) * 3.75)] = 255
        return {"camera": picture, "obs": row}


def point_env(agents: int = 4, **kinds: bool) -> VecEnv:
    """Make `agents` of them; torch gets one thread."""
    torch.set_num_threads(1)
    return DummyVecEnv([lambda: PointEnv(**kinds) for _ in range(agents)])
