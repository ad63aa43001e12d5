"""A VecEnv without an engine whose arenas play levels as our addon's do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.envs.groups import AgentGroup

Obs = dict[str, NDArray[np.float32]]


class LevelEnv(gym.Env[Obs, NDArray[np.float32]]):
    """Asks for one action: success when it is at least as large as the level is hard.

    The observation tells how hard that is. Lengths follow from the level: 3 to 7 decisions.

    Args:
        tells_success: whether `is_success` is told.
    """

    observation_space: Any = gym.spaces.Dict({"obs": gym.spaces.Box(-1.0, 1.0, (2,), np.float32)})
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def __init__(self, tells_success: bool = True) -> None:
        self.queue: list[int] = []
        self.level = -1
        self.played: list[int] = []
        self._tells = tells_success
        self._numbered = 0
        self._step = 0

    @property
    def hardness(self) -> float:
        """Of the level, in [-1, 1]."""
        return (self.level % 1009) / 504.5 - 1.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Obs, dict[str, Any]]:
        super().reset(seed=seed)
        self.level = self.queue.pop(0) if self.queue else -1
        self.played.append(self.level)
        self._step = 0
        return self._observe(), {}

    def step(self, action: NDArray[np.float32]) -> tuple[Obs, float, bool, bool, dict[str, Any]]:
        self._step += 1
        over = self._step >= 3 + self.level % 5
        won = float(action[0]) >= self.hardness
        info: dict[str, Any] = {}
        if over and self.level >= 0:
            info["level"] = self.level
        if over and self._tells:
            info["is_success"] = won
        return self._observe(), float(won), over, False, info

    def _observe(self) -> Obs:
        return {"obs": np.array([self.hardness, self._step / 10.0], np.float32)}


class LevelWorld(DummyVecEnv):
    """Arenas of one agent each.

    Args:
        arenas: how many.
        tells_success: see `LevelEnv`.

    Attributes:
        orders: the queues of every call of `set_levels`.
    """

    def __init__(self, arenas: int = 8, tells_success: bool = True) -> None:
        torch.set_num_threads(1)
        super().__init__([lambda: LevelEnv(tells_success)] * arenas)
        self.groups = {
            "shared_policy": AgentGroup(
                "shared_policy",
                tuple(range(arenas)),
                LevelEnv.observation_space,
                LevelEnv.action_space,
                tuple(range(arenas)),
                ("",) * arenas,
            )
        }
        self.orders: list[dict[int, list[int]]] = []

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """See `GodotVecEnv.set_levels`."""
        self.orders.append({arena: list(queue) for arena, queue in levels.items()})
        for arena, queue in levels.items():
            self.world(arena).queue = list(queue)

    def world(self, arena: int) -> LevelEnv:
        """Return the environment of an arena."""
        found: Any = self.envs[arena]
        return found  # type: ignore[no-any-return]
