"""One discrete action as the space that DQN knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.errors import ActionSpaceError


class DiscreteActions(VecEnvWrapper):
    """Give `Discrete(n)` for the `MultiDiscrete([n])` of a scene with one discrete action.

    Args:
        venv: for example a `GodotVecEnv`.

    Raises:
        ActionSpaceError: the scene has other actions.
    """

    def __init__(self, venv: VecEnv) -> None:
        space = venv.action_space
        if not isinstance(space, spaces.MultiDiscrete) or space.nvec.size != 1:
            raise ActionSpaceError(
                f"the scene's actions are {space}; one discrete action is needed: declare one "
                "whose choices are the combinations"
            )
        super().__init__(venv, action_space=spaces.Discrete(int(space.nvec[0])))

    def step_async(self, actions: NDArray[Any]) -> None:
        """Send (num_envs,) choices."""
        self.venv.step_async(np.asarray(actions).reshape(-1, 1))

    def reset(self) -> Any:
        """See `VecEnv`."""
        return self.venv.reset()

    def step_wait(self) -> Any:
        """See `VecEnv`."""
        return self.venv.step_wait()
