"""Whatever may choose actions for a collection, as one `Policy`.

Called by `collector`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from rl_training.errors import UsageError
from rl_training.play.players import RANDOM
from rl_training.play.policies import Observation, Policy, RandomPolicy, load_policy
from rl_training.runs.seeds import episode_seed


class Predicting(Protocol):
    """A model with Stable-Baselines3's `predict`."""

    def predict(
        self,
        observation: Any,
        state: Any = ...,
        episode_start: Any = ...,
        deterministic: bool = ...,
    ) -> tuple[Any, Any]:
        """Return actions and the memory's next state."""
        ...


PolicyLike = Policy | Predicting | str | Path | Callable[[Any], Any] | None
"""None: random. A path: a .zip checkpoint or an .onnx file. Else a `Policy`, a Stable-Baselines3
model, or a function from the observations of n agents to their actions."""


def as_policy(given: Any, env: VecEnv, seed: int, first_engine: int = 0) -> tuple[Policy, str]:
    """Return the policy that plays, and its name.

    Args:
        given: see `PolicyLike`.
        env: whose agents it plays.
        seed: of random actions.
        first_engine: number of the environment's first engine, where others play beside it.

    Raises:
        UsageError: it is none of them.
        ModelError: a file is missing or does not fit.
    """
    if given is None or given == str(RANDOM) or given == RANDOM:
        return _RandomByEngine(env, seed, first_engine), RANDOM.name
    if isinstance(given, (str, Path)):
        return load_policy(Path(given), env), Path(given).name
    if hasattr(given, "act") and hasattr(given, "begin"):
        policy: Policy = given
        return policy, type(given).__name__
    if hasattr(given, "predict"):
        return _Model(given), type(given).__name__
    if callable(given):
        return _Function(given), getattr(given, "__name__", type(given).__name__)
    raise UsageError(
        f"policy is {type(given).__name__}; expected None, a path, a model with predict(), or a "
        "function from observations to actions"
    )


class _RandomByEngine:
    """Random actions, of each engine from a seed of its own: the same wherever the engine is."""

    def __init__(self, env: VecEnv, seed: int, first: int) -> None:
        rows = getattr(env, "group_rows", None)
        bounds = [0, env.num_envs] if rows is None else rows.bounds
        self._slices = [slice(a, b) for a, b in itertools.pairwise(bounds)]
        self._each = [
            RandomPolicy(env, episode_seed(seed, engine) if engine else seed)
            for engine in range(first, first + len(self._slices))
        ]

    def begin(self, starts: NDArray[Any]) -> None:
        pass

    def act(self, obs: Observation) -> NDArray[Any]:
        del obs
        masks = self._each[0].masks()
        drawn = [
            one.drawn(rows.stop - rows.start, None if masks is None else masks[rows])
            for one, rows in zip(self._each, self._slices, strict=True)
        ]
        return np.concatenate(drawn)


class _Model:
    """A model with Stable-Baselines3's `predict`, which keeps its own memory."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._state: Any = None
        self._starts: NDArray[Any] | None = None

    def begin(self, starts: NDArray[Any]) -> None:
        self._starts = starts

    def act(self, obs: Observation) -> NDArray[Any]:
        actions, self._state = self._model.predict(
            obs, state=self._state, episode_start=self._starts, deterministic=True
        )
        return np.asarray(actions)


class _Function:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def begin(self, starts: NDArray[Any]) -> None:
        pass

    def act(self, obs: Observation) -> NDArray[Any]:
        return np.asarray(self._function(obs))
