"""What the Gymnasium, PettingZoo and RLlib faces share: settings, shown spaces, seeds.

Called by `gym_env`, `gym_vector_env` and `parallel_env`. It drives no engine.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from typing_extensions import TypedDict

from rl_training.envs.flat_observations import flat, flat_space
from rl_training.envs.settings import EnvSettings, ScreenChoice
from rl_training.errors import ConfigError, ObservationError


class EngineArguments(TypedDict, total=False):
    """Settings of the engine that every face takes by name; `EnvSettings` describes them."""

    port: int
    action_repeat: int | None
    seed: int
    show_window: bool
    transport: str
    timeout_s: float
    env_args: Sequence[str] | None
    isolation: str
    port_strict: bool
    godot: str | os.PathLike[str] | None
    screen: ScreenChoice
    speedup: float | None
    fixed_fps: int | None
    pin_cores: bool | None
    max_restarts: int
    host: str
    token: str


def settings_of(
    arguments: EngineArguments,
    project_path: str | os.PathLike[str] | None,
    scene_path: str | None,
    env_path: str | os.PathLike[str] | None,
    num_envs: int = 1,
    arenas: int | None = 1,
) -> EnvSettings:
    """Return what a face was asked to run.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    values: dict[str, Any] = {**arguments}
    for name in ("num_envs", "arenas"):
        if values.get(name, 1) != 1:
            raise ConfigError(
                f"{name} is {values[name]}, but this environment is one arena in one engine; "
                "GodotVectorEnv has many"
            )
    values["env_args"] = tuple(values.get("env_args") or ())
    for name, path in (
        ("project_path", project_path),
        ("env_path", env_path),
        ("godot", values.get("godot")),
    ):
        values[name] = None if path is None else os.fspath(path)
    values |= {"scene_path": scene_path, "num_envs": num_envs, "arenas": arenas}
    return EnvSettings(**values)


class ShownSpaces:
    """An agent's spaces as a face shows them, and the way from one form to the other.

    With `flatten`, one observation alone is shown without its key, and several vectors of floats
    as one, in the order of their names; several of which one is a picture or a choice stay a
    `Dict`. One discrete action alone is `Discrete(n)`. Without `flatten` both are those of
    `GodotVecEnv`.

    Args:
        observation_space: of one agent.
        action_space: of one agent, flat as in `GodotVecEnv`.
        flatten: see above.

    Attributes:
        observation_space: as shown.
        action_space: as shown.
    """

    def __init__(
        self, observation_space: spaces.Dict, action_space: spaces.Space[Any], flatten: bool
    ) -> None:
        self.observation_space: spaces.Space[Any] = observation_space
        self.action_space = action_space
        self._key: str | None = None
        self._joins = False
        self._is_choice = False
        if not flatten:
            return
        if len(observation_space.spaces) == 1:
            self._key, self.observation_space = next(iter(observation_space.spaces.items()))
        else:
            try:
                self.observation_space = flat_space(observation_space)
                self._joins = True
            except ObservationError:
                pass  # it stays a Dict
        if isinstance(action_space, spaces.MultiDiscrete) and action_space.nvec.shape == (1,):
            self.action_space = spaces.Discrete(int(action_space.nvec[0]))
            self._is_choice = True

    def batch(self, observations: Mapping[str, NDArray[Any]]) -> Any:
        """Return (n, ...) observations by key as they are shown, (n, ...) each."""
        if self._key is not None:
            return observations[self._key]
        return flat(dict(observations)) if self._joins else dict(observations)

    def row(self, observations: Mapping[str, NDArray[Any]], index: int) -> Any:
        """Return a copy of one agent's observation among (n, ...) ones."""
        return self.single({key: array[index] for key, array in observations.items()})

    def single(self, observation: Mapping[str, Any]) -> Any:
        """Return a copy of one agent's observation by key as it is shown."""
        if self._key is not None:
            return self._own(self.observation_space, observation[self._key])
        if self._joins:
            return flat({key: np.asarray(value)[None] for key, value in observation.items()})[0]
        assert isinstance(self.observation_space, spaces.Dict)
        return {
            key: self._own(space, observation[key])
            for key, space in self.observation_space.spaces.items()
        }

    def columns(self, actions: Any) -> NDArray[Any]:
        """Return (n, columns) actions for the engine of n shown ones."""
        array = np.asarray(actions)
        return array.reshape(-1, 1) if self._is_choice and array.ndim < 2 else array

    @staticmethod
    def _own(space: spaces.Space[Any], value: Any) -> Any:
        if isinstance(space, spaces.Discrete):
            return np.int64(value)
        return np.array(value)
