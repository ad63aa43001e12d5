"""Who answers in DAgger: a policy's file, a Python function, or the game itself.

Made by `dagger`. A policy is distillation's `Teacher`; the others answer in its words.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.distillation.teacher import Teacher
from rl_training.algorithms.imitation.actions import as_outputs, as_taken
from rl_training.errors import ConfigError, DataError, HarnessError, ModelError
from rl_training.policy_export.layout import observation_parts, unflatten

Floats = NDArray[np.float32]
GAME = "game"
METHOD = "expert_action"
"""The method of controllers that is asked when the game is the expert."""


def make_expert(name: str, env: VecEnv) -> Teacher:
    """Return the expert that a setting names.

    Args:
        name: a .zip or .onnx file; `module:function`; `game` or `game:METHOD`.
        env: the scene.

    Raises:
        ConfigError: there is no such function.
        ModelError: a file is missing or does not fit.
    """
    if name.endswith((".zip", ".onnx")):
        return Teacher(Path(name), env)
    if name == GAME or name.startswith(f"{GAME}:"):
        return GameExpert(env, name.partition(":")[2] or METHOD)
    return ScriptExpert(env, _function(name), name)


class ScriptExpert(Teacher):
    """A function from observations by key, (n, ...) each, to (n, values) of actions.

    Args:
        env: the scene.
        function: asked for every batch of states.
        name: for messages.
    """

    def __init__(self, env: VecEnv, function: Callable[[Any], Any], name: str) -> None:
        self.meta, self.normaliser, self.log_std = None, None, None
        self._critic = None
        self._parts = observation_parts(env.observation_space)
        self._space = env.action_space
        self._function = function
        self._name = name

    def outputs(self, observations: Floats) -> Floats:
        """See `Teacher`.

        Raises:
            HarnessError: the function failed, or its actions do not fit the scene.
        """
        seen = unflatten(observations, self._parts)
        try:
            found = np.asarray(self._function(seen), np.float64)
        except Exception as error:
            # It is the user's: anything may be wrong with it.
            raise HarnessError(
                f"the expert {self._name} failed: {type(error).__name__}: {error}"
            ) from error
        return self._answers(found, len(observations))

    def _answers(self, found: NDArray[Any], count: int) -> Floats:
        if len(found) != count or not np.isfinite(found).all():
            raise HarnessError(
                f"the expert {self._name} answered {found.shape} for {count} states; expected a "
                "row of finite numbers for each"
            )
        try:
            return as_outputs(as_taken(found, self._space), self._space)
        except DataError as error:
            raise HarnessError(f"the expert {self._name}: {error}") from error


class GameExpert(ScriptExpert):
    """A method of the controllers, asked for the state in which the game is now.

    A script computes the action there, or the keyboard is read (docs/imitation.md).

    Args:
        env: the scene.
        method: its name; it takes nothing and returns an Array of numbers.

    Raises:
        ModelError: the controllers have no such method.
    """

    def __init__(self, env: VecEnv, method: str) -> None:
        super().__init__(env, self._ask, f"{GAME}:{method}")
        self._env = env
        self._method = method
        if not env.has_attr(method):
            raise ModelError(
                f"the controllers have no method {method}(): define `func {method}() -> Array`, "
                "the action of a script or of the keyboard (docs/imitation.md)"
            )

    def _ask(self, _seen: Any) -> Any:
        return self._env.env_method(self._method)


def _function(name: str) -> Callable[[Any], Any]:
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"algorithm.expert names no function {name}: {error}") from error
    if not callable(found):
        raise ConfigError(f"algorithm.expert: {name} is no function")
    asked: Callable[[Any], Any] = found
    return asked
