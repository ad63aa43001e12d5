"""A small environment without an engine whose episodes begin with parameters that a trainer sets.

An episode lasts `3 + agent` decisions, so agents end at different moments, and some are always
under way. It tells the difficulty that it began with as the metric `met`, and succeeds where that
is below 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from tests.python.learners import config_of

Obs = dict[str, NDArray[np.float32]]
DRAWN = 0.75
"""The difficulty of an episode for which an engine would draw it."""


class ParameterWorld(VecEnv):
    """The environment.

    Attributes:
        told: what was set, each with the decisions done until then and whether it was reset.
        resets: how often it was reset.
    """

    def __init__(self, agents: int = 4) -> None:
        torch.set_num_threads(1)
        self.told: list[tuple[int, dict[str, Any]]] = []
        self.resets = 0
        self.decisions = 0
        self._parameters: dict[str, Any] = {}
        self._met = np.zeros(agents)
        self._step = np.zeros(agents, np.int64)
        self._actions: Any = None
        self.render_mode = None
        super().__init__(
            agents,
            gym.spaces.Dict({"obs": gym.spaces.Box(-1.0, 1.0, (2,), np.float32)}),
            gym.spaces.Box(-1.0, 1.0, (1,), np.float32),
        )

    def set_parameters(
        self, values: Mapping[str, Any], arenas: Sequence[int] | None = None
    ) -> None:
        self.told.append((self.decisions, dict(values)))
        self._parameters |= values

    def known_parameters(self) -> dict[str, float]:
        return {"difficulty": 0.0, "wind": 0.0, "fog": 0.0}

    def reset(self) -> Obs:
        self.resets += 1
        self._begin(np.ones(self.num_envs, np.bool_))
        return self._obs()

    def step_async(self, actions: Any) -> None:
        self._actions = actions

    def step_wait(self) -> Any:
        self.decisions += 1
        self._step += 1
        over = self._step >= 3 + np.arange(self.num_envs)
        infos: list[dict[str, Any]] = [{"TimeLimit.truncated": False} for _ in over]
        last = self._obs()
        for agent in np.flatnonzero(over):
            met = float(self._met[agent])
            infos[agent] |= {
                "terminal_observation": {key: each[agent] for key, each in last.items()},
                "is_success": met < 0.5,
                "metrics": {"met": met},
                "parameters": {k: v for k, v in self._parameters.items() if v is not None},
            }
        self._begin(over)
        rewards = np.asarray(self._actions, np.float32).reshape(self.num_envs)
        return self._obs(), rewards, over, infos

    def _begin(self, agents: NDArray[np.bool_]) -> None:
        value = self._parameters.get("difficulty") or 0.0
        self._met[agents] = value if isinstance(value, float) else DRAWN
        self._step[agents] = 0

    def _obs(self) -> Obs:
        obs = np.zeros((self.num_envs, 2), np.float32)
        obs[:, 0], obs[:, 1] = self._step / 10.0, self._met
        return {"obs": obs}

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        return [seed] * self.num_envs

    def close(self) -> None:
        pass

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        if attr_name == "render_mode":
            return [None] * self.num_envs
        raise AttributeError(attr_name)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError(attr_name)

    def env_method(self, method_name: str, *method_args: Any, **kwargs: Any) -> list[Any]:
        raise AttributeError(method_name)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


class Worlds:
    """Makes one such environment for each part of a run and keeps them."""

    def __init__(self, agents: int = 4) -> None:
        self.made: list[ParameterWorld] = []
        self._agents = agents

    def __call__(self, settings: EnvSettings, kind: Any) -> ParameterWorld:
        self.made.append(ParameterWorld(self._agents))
        return self.made[-1]

    @property
    def last(self) -> ParameterWorld:
        return self.made[-1]


def run_config(root: Any, **changes: Any) -> TrainConfig:
    """Return the settings of a short run; rollouts are 16 decisions of four agents."""
    base = config_of(
        experiment_name="lessons",
        run_root=str(root),
        training={"timesteps": 640, "save_frequency": 320, "export_onnx": False, "hints": False},
        environment={"num_envs": 1},
        algorithm={"name": "ppo", "n_steps": 16, "batch_size": 64, "n_epochs": 1},
        network={"net_arch": [4]},
    )
    return base.replace(changes)
