"""A trained policy as a teacher: what it would do in any state, and what a student takes over.

Made by `learner.py`. Whatever algorithm it learned by, it is asked through its exported form,
so that the student learns the actions that would ship.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.utils import check_for_correct_spaces
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import ModelError
from rl_training.policy_export.layout import observation_parts, unflatten
from rl_training.policy_export.model_outputs import ModelOutputs
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import open_session, run_session
from rl_training.protocol.hybrid_box import HybridBox

Floats = npt.NDArray[np.float32]


class Teacher:
    """Answers for raw flat observations.

    Args:
        path: a .zip checkpoint or an .onnx file.
        env: the scene; the teacher must fit it.

    Attributes:
        meta: what a checkpoint says about itself; None for an .onnx file, which has its normaliser
            inside and tells no values.
        normaliser: of a checkpoint; None when it takes raw observations.
        log_std: (actions,) float32, logarithm of its deviation; None when it has none of its own.

    Raises:
        ModelError: the file cannot be used, keeps a memory, or does not fit the scene.
    """

    def __init__(self, path: Path, env: VecEnv) -> None:
        self.meta: CheckpointMeta | None = None
        self.normaliser: Normaliser | None = None
        self.log_std: Floats | None = None
        self._critic: ActorCriticPolicy | None = None
        self._parts = observation_parts(env.observation_space)
        if path.suffix == ".zip":
            self._take_over(path, env)
        elif path.suffix == ".onnx":
            self._session = open_session(path)
        else:
            raise ModelError(f"{path} must end in .zip or .onnx")
        self._require_fit(path, env)

    def outputs(self, observations: Floats) -> Floats:
        """Return (n, outputs): clipped actions, or logits branch after branch.

        Of a `HybridBox` they are rows of it, with scores that add up to 1.

        Args:
            observations: (n, size) float32, raw.
        """
        found = run_session(self._session, observations)
        return found if self._hybrid is None else self._hybrid.with_shares(found)

    def values(self, observations: Floats) -> Floats | None:
        """Return (n,), what its critic expects; None when it has none that can be asked.

        Args:
            observations: (n, size) float32, raw.
        """
        if self._critic is None:
            return None
        obs: Any = unflatten(observations, self._parts)
        if self.normaliser is not None:
            obs = self.normaliser.normalise(obs)
        with torch.no_grad():
            tensor, _ = self._critic.obs_to_tensor(obs)
            values: Floats = self._critic.predict_values(tensor).numpy()[:, 0]
        return values

    def _take_over(self, path: Path, env: VecEnv) -> None:
        checkpoint = load_checkpoint(path)
        model = checkpoint.model
        try:
            check_for_correct_spaces(env, model.observation_space, model.action_space)
        except ValueError as error:
            raise ModelError(f"{path} does not fit the scene: {error}") from error
        with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
            exported = Path(folder, "teacher.onnx")
            export(model, checkpoint.normaliser, exported, checkpoint.meta)
            self._session = open_session(exported)
        self.meta, self.normaliser = checkpoint.meta, checkpoint.normaliser
        if isinstance(model.policy, ActorCriticPolicy):
            model.policy.set_training_mode(False)
            self._critic = model.policy
            log_std = getattr(model.policy, "log_std", None)
            shape = model.action_space.shape
            if isinstance(log_std, torch.nn.Parameter) and log_std.shape == shape:
                self.log_std = log_std.detach().numpy().copy()

    def _require_fit(self, path: Path, env: VecEnv) -> None:
        size = sum(part.size for part in self._parts)
        for item in self._session.get_inputs():
            if item.name == "state_ins" and len(item.shape) > 1:
                raise ModelError(
                    f"{path} keeps a memory between decisions; only policies without one can be "
                    "taught to a student here"
                )
        try:
            found = run_session(self._session, np.zeros((1, size), dtype=np.float32)).shape
        except Exception as error:
            # onnxruntime's exceptions share no base class.
            reason = str(error).partition("\n")[0]
            raise ModelError(f"{path} does not take the scene's {size} floats: {reason}") from error
        try:
            outputs = ModelOutputs(env.action_space, found[-1])
        except ModelError as error:
            raise ModelError(f"{path} does not fit the scene: {error}") from error
        self._hybrid = outputs if isinstance(env.action_space, HybridBox) else None
