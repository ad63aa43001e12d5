"""Several observations as one vector, for algorithms that know no dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.errors import ObservationError


def flat_space(space: spaces.Space[Any]) -> spaces.Box:
    """Return the space of the vector: the parts in the order of their names, as in exports.

    Raises:
        ObservationError: a part is no vector of floats.
    """
    parts = list(space.spaces.values()) if isinstance(space, spaces.Dict) else [space]
    boxes = [part for part in parts if isinstance(part, spaces.Box) and len(part.shape) == 1]
    if len(boxes) != len(parts) or any(box.dtype.kind != "f" for box in boxes):
        raise ObservationError(f"vectors of floats are needed; the scene gives {space}")
    low = np.concatenate([box.low for box in boxes])
    high = np.concatenate([box.high for box in boxes])
    return spaces.Box(low, high, dtype=np.float32)


def spans(space: spaces.Space[Any]) -> dict[str, slice]:
    """Return the columns of each part in the vector, in their order; empty where there is one part.

    Args:
        space: of which `flat_space` makes the vector.
    """
    found, first = {}, 0
    parts = space.spaces if isinstance(space, spaces.Dict) else {}
    for key in sorted(parts):
        size = int(np.prod(parts[key].shape or ()))
        found[key] = slice(first, first + size)
        first += size
    return found


def flat(observation: Any) -> NDArray[np.float32]:
    """Return (n, size) float32 of (n, ...) arrays by name, or of one array."""
    if not isinstance(observation, dict):
        return np.asarray(observation, np.float32)
    ordered = [observation[key] for key in sorted(observation)]
    joined: NDArray[np.float32] = np.concatenate(ordered, axis=1).astype(np.float32, copy=False)
    return joined


class FlatObservations(VecEnvWrapper):
    """Give the observations of an environment as one vector.

    Args:
        venv: for example a `GodotVecEnv`.

    Raises:
        ObservationError: an observation is no vector of floats.
    """

    def __init__(self, venv: VecEnv) -> None:
        super().__init__(venv, observation_space=flat_space(venv.observation_space))

    def reset(self) -> NDArray[np.float32]:
        """See `VecEnv`."""
        return flat(self.venv.reset())

    def step_wait(self) -> Any:
        """See `VecEnv`."""
        observation, rewards, dones, infos = self.venv.step_wait()
        for agent in np.flatnonzero(dones):
            last = infos[agent].get("terminal_observation")
            if isinstance(last, dict):
                rows = {key: np.asarray(value)[None] for key, value in last.items()}
                infos[agent]["terminal_observation"] = flat(rows)[0]
        return flat(observation), rewards, dones, infos
