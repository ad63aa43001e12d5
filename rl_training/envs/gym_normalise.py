"""Normalised observations for `GodotVectorEnv`.

Gymnasium's own `vector.NormalizeObservation` refuses environments with same-step autoreset, since
it leaves the final observations as they are; this wrapper normalises them too.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector.utils import batch_space
from gymnasium.wrappers.utils import RunningMeanStd
from numpy.typing import NDArray

from rl_training.errors import ObservationError

_EPSILON = 1e-8


class NormaliseObservations(gym.vector.VectorWrapper):
    """Centre every element of the observations and scale it to unit variance, as seen until now.

    Args:
        env: its observations are one array of floats.

    Attributes:
        obs_rms: mean and variance until now.
        update_running_mean: False: they stay as they are (evaluation).

    Raises:
        ObservationError: the observations are no array of floats.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any]) -> None:
        super().__init__(env)
        space = env.single_observation_space
        if not isinstance(space, gym.spaces.Box) or space.dtype.kind != "f":
            raise ObservationError(f"one array of floats is needed; the observations are {space}")
        shown = gym.spaces.Box(-np.inf, np.inf, space.shape, np.float32)
        self.single_observation_space = shown
        self.observation_space = batch_space(shown, self.num_envs)
        self.obs_rms = RunningMeanStd(shape=space.shape)  # type: ignore[no-untyped-call]
        self.update_running_mean = True

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """See `VectorEnv`."""
        observations, infos = self.env.reset(seed=seed, options=options)
        return self._learn(observations), infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """See `VectorEnv`; `final_obs` is normalised too, and counts no second time."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        if "final_obs" in infos:
            last = infos["final_obs"]
            for row in np.flatnonzero(infos["_final_obs"]).tolist():
                last[row] = self._normalised(last[row])
        return self._learn(observations), rewards, terminated, truncated, infos

    def _learn(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        if self.update_running_mean:
            self.obs_rms.update(observations)  # type: ignore[no-untyped-call]
        return self._normalised(observations)

    def _normalised(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        deviation = np.sqrt(self.obs_rms.var + _EPSILON)
        normalised: NDArray[np.float32] = ((observations - self.obs_rms.mean) / deviation).astype(
            np.float32
        )
        return normalised
