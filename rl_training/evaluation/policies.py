"""Models as what an evaluation needs: raw observations in, deterministic actions out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3.common.utils import check_for_correct_spaces
from stable_baselines3.common.vec_env import VecEnv

from rl_training.errors import ModelError
from rl_training.policy_export.layout import action_layout, flatten, observation_parts
from rl_training.policy_export.verify import open_session, run_session
from rl_training.runs.checkpoint import Checkpoint, load_checkpoint

Array = npt.NDArray[Any]
Observation = Array | dict[str, Array]


class Policy(Protocol):
    """Chooses actions."""

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        ...


class CheckpointPolicy:
    """A checkpoint's policy, with its normaliser."""

    def __init__(self, checkpoint: Checkpoint, env: VecEnv, path: Path) -> None:
        # Small networks are fastest on one thread, and slow on two when engines need the cores.
        torch.set_num_threads(1)
        self._model = checkpoint.model
        self._normaliser = checkpoint.normaliser
        try:
            # Bounds may differ between machines' roundings; shapes and kinds may not.
            check_for_correct_spaces(env, self._model.observation_space, self._model.action_space)
        except ValueError as error:
            raise ModelError(f"{path} does not fit the scene: {error}") from error

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        if self._normaliser is not None:
            obs = self._normaliser.normalise(obs)
        actions, _ = self._model.predict(obs, deterministic=True)
        return actions


class OnnxPolicy:
    """An exported model in onnxruntime."""

    def __init__(self, path: Path, env: VecEnv) -> None:
        self._session = open_session(path)
        self._parts = observation_parts(env.observation_space)
        layout = action_layout(env.action_space)
        self._nvec: list[int] | None = layout.get("nvec")
        self._single = isinstance(env.action_space, spaces.Discrete)
        wanted = sum(self._nvec) if self._nvec is not None else int(layout["size"])
        size = sum(part.size for part in self._parts)
        try:
            found = run_session(self._session, np.zeros((1, size), dtype=np.float32)).shape[1]
        except Exception as error:
            # onnxruntime's exceptions share no base class.
            raise ModelError(f"{path} does not take {size} floats: {error}") from error
        if found != wanted:
            raise ModelError(f"{path} gives {found} outputs, the scene's actions need {wanted}")

    def act(self, obs: Observation) -> Array:
        """Return (n, actions) for raw observations of n agents."""
        output = run_session(self._session, flatten(obs, self._parts))
        if self._nvec is None:
            return output
        ends = np.cumsum(self._nvec)
        picks = [
            output[:, end - n : end].argmax(axis=1) for end, n in zip(ends, self._nvec, strict=True)
        ]
        return picks[0] if self._single else np.stack(picks, axis=1)


def load_policy(path: Path, env: VecEnv) -> Policy:
    """Load a .zip checkpoint or an .onnx file for an environment.

    Raises:
        ModelError: the file is missing, of another kind, or does not fit the environment.
    """
    if path.suffix == ".onnx":
        return OnnxPolicy(path, env)
    if path.suffix == ".zip":
        return CheckpointPolicy(load_checkpoint(path), env, path)
    raise ModelError(f"{path} must end in .zip or .onnx")
