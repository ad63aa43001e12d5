"""Prove that an exported model is the model: same raw observations in, same actions out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy

from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.layout import flatten, observation_parts, unflatten
from rl_training.runs.normaliser import Normaliser

TOLERANCE = 1e-5
"""Largest absolute difference between the exported and the trained policy."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Verification:
    """What a check found.

    Attributes:
        samples: observations compared.
        max_difference: largest absolute difference of any output.
    """

    samples: int
    max_difference: float


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Open an ONNX file in onnxruntime on one thread.

    Raises:
        ModelError: the file is missing or onnxruntime cannot run it.
    """
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime's exceptions share no base class.
        raise ModelError(f"{path} is not a usable ONNX model: {error}") from error


def run_session(session: onnxruntime.InferenceSession, obs: Array) -> Array:
    """Return `output` (n, actions) for raw flat observations (n, size) float32."""
    feed: dict[str, Array] = {"obs": obs.astype(np.float32)}
    if any(item.name == "state_ins" for item in session.get_inputs()):
        feed["state_ins"] = np.zeros(len(obs), dtype=np.float32)
    output: Array = session.run(["output"], feed)[0]
    return output


def verify(
    path: Path,
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    recorded: Array | dict[str, Array] | None = None,
    samples: int = 256,
    seed: int = 0,
) -> Verification:
    """Compare the exported file with the trained policy on random and recorded observations.

    Args:
        path: the .onnx file.
        model: what it was exported from.
        normaliser: as given to the export.
        recorded: raw observations of the real scene, (n, size) or a dictionary of such.
        samples: how many random observations; half of them lie far outside of what is usual.
        seed: of the random observations.

    Raises:
        HarnessError: the outputs differ by more than `TOLERANCE`.
    """
    parts = observation_parts(model.observation_space)
    flat = random_observations(sum(part.size for part in parts), normaliser, samples, seed, parts)
    if recorded is not None:
        flat = np.concatenate([flat, flatten(recorded, parts)])
    expected = policy_output(model, normaliser, unflatten(flat, parts))
    found = run_session(open_session(path), flat)
    if found.shape != expected.shape:
        raise HarnessError(f"{path} gives {found.shape}, the policy {expected.shape}")
    difference = float(np.max(np.abs(found - expected)))
    if not difference <= TOLERANCE:
        raise HarnessError(
            f"{path} differs from the trained policy by {difference:.2e}, more than "
            f"{TOLERANCE:.0e}: do not ship it"
        )
    return Verification(len(flat), difference)


def random_observations(
    size: int,
    normaliser: Normaliser | None,
    samples: int,
    seed: int,
    parts: tuple[Any, ...],
) -> npt.NDArray[np.float32]:
    """Return (samples, size) raw observations: the first half usual, the second far off."""
    generator = np.random.default_rng(seed)
    mean, deviation = np.zeros(size), np.ones(size)
    if normaliser is not None and normaliser.obs:
        stats = [normaliser.obs[part.key] for part in parts]
        mean = np.concatenate([one.mean for one in stats])
        deviation = np.sqrt(np.concatenate([one.var for one in stats]))
    usual = mean + deviation * generator.standard_normal((samples - samples // 2, size))
    far = generator.uniform(-20.0, 20.0, (samples // 2, size))
    return np.concatenate([usual, far]).astype(np.float32)


def policy_output(
    model: BaseAlgorithm, normaliser: Normaliser | None, obs: Array | dict[str, Array]
) -> Array:
    """Return clipped mean actions (Box) or logits (discrete) of the SB3 policy, (n, actions)."""
    policy = model.policy
    assert isinstance(policy, ActorCriticPolicy)
    if normaliser is not None:
        obs = normaliser.normalise(obs)
    if isinstance(model.action_space, spaces.Box):
        actions, _ = model.predict(obs, deterministic=True)
        return actions
    policy.set_training_mode(False)
    with torch.no_grad():
        tensor, _ = policy.obs_to_tensor(obs)
        features = policy.extract_features(tensor, policy.pi_features_extractor)
        assert isinstance(features, torch.Tensor)
        logits: Array = policy.action_net(policy.mlp_extractor.forward_actor(features)).numpy()
    return logits
