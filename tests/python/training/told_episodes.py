"""A world whose episodes tell what a test wants, and PPO that plays it with a callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter, Logger

LENGTH = 4
"""Decisions of an episode; each is rewarded with 1."""


class Told(gym.Env[Any, Any]):
    """Episodes of four decisions; the last info of each is the next of a list, then {}.

    Args:
        infos: of the episodes.
        actions: the action space.
    """

    def __init__(
        self, infos: Sequence[Mapping[str, Any]] = (), actions: spaces.Space[Any] | None = None
    ) -> None:
        self.observation_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.action_space = actions or spaces.Discrete(3)
        self._infos = list(infos)
        self._steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode."""
        super().reset(seed=seed)
        self._steps = 0
        return np.zeros(2, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Go on."""
        self._steps += 1
        over = self._steps == LENGTH
        info = dict(self._infos.pop(0)) if over and self._infos else {}
        seen = np.full(2, self._steps / LENGTH, np.float32)
        return seen, 1.0, over, False, info


class Kept(KVWriter):
    """Keeps the last value of each tag."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def write(self, key_values: dict[str, Any], key_excluded: Any, step: int = 0) -> None:
        """Keep."""
        self.values.update(key_values)

    def close(self) -> None:
        """Nothing is open."""


def play(
    callback: BaseCallback,
    infos: Sequence[Mapping[str, Any]] = (),
    actions: spaces.Space[Any] | None = None,
    rollouts: int = 2,
    max_grad_norm: float = 0.5,
) -> dict[str, Any]:
    """Learn for some rollouts of 16 decisions; return the last value of each tag."""
    model = PPO(
        "MlpPolicy", Told(infos, actions), n_steps=16, batch_size=16, n_epochs=2, seed=0,
        device="cpu", max_grad_norm=max_grad_norm,
    )  # fmt: skip
    kept = Kept()
    model.set_logger(Logger(None, [kept]))
    model.learn(16 * rollouts, callback=callback)
    return kept.values
