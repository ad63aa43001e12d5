"""Spaces in the place of a game, for learners that play nothing.

Used by `call`, and by whoever learns from data without an engine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from rl_training.errors import UsageError


class SpacesOnly(VecEnv):
    """An environment that has spaces and cannot be played: all that cloning needs."""

    def __init__(
        self, observation_space: spaces.Space[Any], action_space: spaces.Space[Any]
    ) -> None:
        super().__init__(1, observation_space, action_space)

    def reset(self) -> Any:
        """Return nothing that was seen: zeros."""
        space = self.observation_space
        if isinstance(space, spaces.Dict):
            return {k: np.zeros((1, *(s.shape or ())), s.dtype) for k, s in space.spaces.items()}
        return np.zeros((1, *(space.shape or ())), space.dtype)

    def step_async(self, actions: Any) -> None:
        """Refuse: there is nothing to play."""
        raise UsageError("there is no game to play here: demonstrations only")

    def step_wait(self) -> Any:
        """Refuse: there is nothing to play."""
        raise UsageError("there is no game to play here: demonstrations only")

    def close(self) -> None:
        """See `VecEnv`."""
        pass

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """See `VecEnv`: it has none."""
        return [None]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """See `VecEnv`: it has none."""
        pass

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Refuse: there is nobody to ask."""
        raise UsageError("there is no game to ask here: demonstrations only")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """See `VecEnv`: it is not."""
        return [False]
