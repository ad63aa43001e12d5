"""Export a trained model as ONNX: raw observations in, actions out.

The observation normaliser and the clipping of actions are inside, so the game feeds what it sees.
Inputs and outputs carry godot-rl's names, so models move both ways: `obs` (batch, size) and
`state_ins` (batch), `output` (batch, actions) and `state_outs` (batch). Continuous actions are the
mean of the policy, clipped to the action space; discrete actions are logits, branch after branch.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy

from rl_training.errors import ModelError
from rl_training.policy_export.certificate import attach
from rl_training.policy_export.certify import certify
from rl_training.policy_export.layout import ObservationPart, action_layout, observation_parts
from rl_training.runs.atomic import atomic_path
from rl_training.runs.checkpoint import CheckpointMeta
from rl_training.runs.normaliser import Normaliser, Observation
from rl_training.runs.provenance import harness_version

OPSET = 17


def export(
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    path: Path,
    meta: CheckpointMeta,
    recorded: Observation | None = None,
) -> None:
    """Write the model as ONNX, whole or not at all.

    Args:
        model: a trained PPO (or A2C) model.
        normaliser: its observation statistics; None when it takes raw observations.
        path: the .onnx file.
        meta: stored in the file's metadata properties, as strings.
        recorded: raw observations of the scene for the certificate, (n, size) or a dictionary of
            such; None: it gets drawn ones.

    Raises:
        ModelError: the model's spaces or policy cannot be exported.
        StorageError: the folder cannot be written, or the disk is full.
    """
    parts = observation_parts(model.observation_space)
    properties = _properties(parts, model.action_space, meta)
    module = _OnnxPolicy(model, normaliser, parts).eval()
    size = sum(part.size for part in parts)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The TorchScript exporter is deprecated but self-contained; the new one needs more
        # packages and its models break quantisation.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (torch.zeros(1, size), torch.zeros(1)),
            str(Path(folder, "policy.onnx")),
            opset_version=OPSET,
            input_names=["obs", "state_ins"],
            output_names=["output", "state_outs"],
            dynamic_axes={
                name: {0: "batch_size"} for name in ("obs", "state_ins", "output", "state_outs")
            },
            dynamo=False,
        )
        proto = onnx.load(str(Path(folder, "policy.onnx")))
    for key, value in properties.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    attach(proto, certify(proto, model, normaliser, meta, recorded))
    onnx.checker.check_model(proto)
    with atomic_path(path) as temporary:
        temporary.write_bytes(proto.SerializeToString())


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata properties of an ONNX file; empty for a file of another maker.

    Raises:
        ModelError: the file is missing or not ONNX.
    """
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    try:
        proto = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        # protobuf raises classes of its own that differ between its implementations.
        raise ModelError(f"{path} is not an ONNX model: {error}") from error
    return {entry.key: entry.value for entry in proto.metadata_props}


def _properties(
    parts: tuple[ObservationPart, ...], action_space: spaces.Space[Any], meta: CheckpointMeta
) -> Mapping[str, str]:
    observations = [
        {
            "key": part.key or "obs",
            "size": part.size,
            "names": meta.observation_names.get(part.key or "obs", []),
        }
        for part in parts
    ]
    return {
        "harness": f"spacetime-rl {harness_version()}",
        "scenario": meta.scenario,
        "seed": str(meta.seed),
        "timesteps": str(meta.timesteps),
        "commit": meta.commit,
        "observations": json.dumps(observations),
        "actions": json.dumps(action_layout(action_space)),
    }


class _OnnxPolicy(torch.nn.Module):
    """The deterministic policy on raw flat observations."""

    def __init__(
        self,
        model: BaseAlgorithm,
        normaliser: Normaliser | None,
        parts: tuple[ObservationPart, ...],
    ) -> None:
        super().__init__()
        policy = model.policy
        if not isinstance(policy, ActorCriticPolicy):
            raise ModelError(f"cannot export a {type(policy).__name__}: only PPO's policies can be")
        self._mlp = policy.mlp_extractor.policy_net
        self._action = policy.action_net
        self._scaler = None if normaliser is None else _Scaler.of(normaliser, parts)
        self._low: torch.Tensor | None = None
        self._high: torch.Tensor | None = None
        space = model.action_space
        if isinstance(space, spaces.Box):
            # Equal bounds become the scalars of one Clip node.
            self._low = torch.tensor(_scalar_or_vector(space.low))
            self._high = torch.tensor(_scalar_or_vector(space.high))

    def forward(
        self, obs: torch.Tensor, state_ins: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if self._scaler is not None:
            obs = self._scaler(obs)
        output = self._action(self._mlp(obs))
        if self._low is not None and self._high is not None:
            if self._low.ndim == 0:
                output = torch.clamp(output, float(self._low), float(self._high))
            else:
                output = torch.minimum(torch.maximum(output, self._low), self._high)
        return output, state_ins


class _Scaler(torch.nn.Module):
    """(x - mean) / sqrt(var + epsilon) clipped, in float32 as exact as VecNormalize's float64."""

    def __init__(self, mean: Any, deviation: Any, clip: float) -> None:
        super().__init__()
        self._mean = torch.tensor(mean.astype(np.float32))
        # What float32 drops of the mean matters where the deviation is tiny (an element that
        # hardly ever changes): x - mean is exact there, and the rest is subtracted after it.
        rest = mean - mean.astype(np.float32)
        self._rest: torch.Tensor | None = None
        if np.any(np.abs(rest) / deviation > 1e-6):
            self._rest = torch.tensor(rest.astype(np.float32))
        self._deviation = torch.tensor(deviation.astype(np.float32))
        self._clip = clip

    @classmethod
    def of(cls, normaliser: Normaliser, parts: tuple[ObservationPart, ...]) -> _Scaler | None:
        """Make the scaler of the flat vector; None when nothing is normalised."""
        if not normaliser.obs:
            return None
        missing = [part.key for part in parts if part.key not in normaliser.obs]
        if missing:
            raise ModelError(
                f"cannot export: observations {missing} are not normalised, others are"
            )
        stats = [normaliser.obs[part.key] for part in parts]
        mean = np.concatenate([one.mean for one in stats])
        deviation = np.sqrt(np.concatenate([one.var for one in stats]) + normaliser.epsilon)
        return cls(mean, deviation, normaliser.clip_obs)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        centred = obs - self._mean
        if self._rest is not None:
            centred = centred - self._rest
        return torch.clamp(centred / self._deviation, -self._clip, self._clip)


def _scalar_or_vector(bounds: Any) -> Any:
    return bounds.astype(np.float32) if np.ptp(bounds) else np.float32(bounds[0])
