"""What Stable-Baselines3 does around gradient steps, for learners that play nothing.

Callbacks, counters and what they are shown are as if agents had played. Used by `learner` and by
`algorithms/offline`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from rl_training.algorithms.imitation.examples import Examples
from rl_training.data.trajectory import DEFAULT_KEY


class LearningSteps:
    """The steps of one call of `learn`.

    Args:
        model: a Stable-Baselines3 algorithm; its counter goes on.
        env: whose agents the callbacks see.
        wrapper: normalises what they are shown; None: nothing does.
        examples: shown in place of what agents see.
        total: timesteps of the whole run.
        seed: of what is shown.
    """

    def __init__(
        self,
        model: Any,
        env: VecEnv,
        wrapper: VecNormalize | None,
        examples: Examples,
        total: int,
        seed: int,
    ) -> None:
        self._model, self._env, self._wrapper = model, env, wrapper
        self._examples, self._total = examples, total
        self._random = np.random.default_rng(seed)
        self._told: dict[str, Any] = {}
        self.callback: Any = None

    def begin(
        self, callbacks: Sequence[BaseCallback], log: Logger, resumed: bool, name: str
    ) -> None:
        """Do what Stable-Baselines3 does at the beginning of `learn`."""
        model = self._model
        model.set_logger(log)
        remaining = self._total - model.num_timesteps
        _, self.callback = model._setup_learn(remaining, list(callbacks), not resumed, name, False)
        self._told = {
            "self": model,
            "plays": False,
            "dones": np.zeros(self._env.num_envs, np.bool_),
            "infos": [{} for _ in range(self._env.num_envs)],
        }
        self.callback.on_training_start(self._told, globals())

    def step(self, decisions: int) -> bool:
        """Count decisions that were learned from; return whether learning goes on."""
        self._model.num_timesteps += decisions
        self._told["new_obs"] = self._shown()
        self.callback.update_locals(self._told)
        going: bool = self.callback.on_step()
        return going and self._model.num_timesteps < self._total

    def _shown(self) -> Any:
        """Return observations of the demonstrations as callbacks see those of agents."""
        chosen = self._random.integers(0, len(self._examples), self._env.num_envs)
        raw: Any = self._examples.rows(chosen)
        raw = raw if hasattr(self._env.observation_space, "spaces") else raw[DEFAULT_KEY]
        if self._wrapper is not None:
            self._wrapper.old_obs = raw
            return self._wrapper.normalize_obs(raw)
        return raw
