"""Export a trained model as ONNX: raw observations in, actions out.

The observation normaliser and the clipping of actions are inside, so the game feeds what it sees.
Inputs and outputs carry godot-rl's names, so models move both ways: `obs` (batch, size) and
`state_ins`, `output` (batch, actions) and `state_outs`. Continuous actions are the most probable
ones, within the action space; discrete actions are logits, branch after branch.

`state_ins` and `state_outs` are (batch, state size) in recurrent policies, whose metadata "state"
tells more; in others (batch), echoed, as godot-rl's runner wants it. Policies with random
continuous actions have two outputs more, `mean` and `std` (batch, actions), from which the engine
samples.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser, Observation
from rl_training.errors import ModelError
from rl_training.policy_export.actors import (
    GAUSSIAN,
    HYBRID,
    SQUASHED_GAUSSIAN,
    Actor,
    actor_of,
)
from rl_training.policy_export.certificate import attach
from rl_training.policy_export.certify import certify
from rl_training.policy_export.inputs import FeaturesOfVector
from rl_training.policy_export.layout import ObservationPart, action_layout, observation_parts
from rl_training.runs.atomic import atomic_path
from rl_training.runs.provenance import harness_version

OPSET = 17


def export(
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    path: Path,
    meta: CheckpointMeta,
    recorded: Observation | None = None,
    *,
    channels_last: bool = False,
) -> None:
    """Write the model as ONNX, whole or not at all.

    Args:
        model: a trained model of any family that `actors` knows.
        normaliser: its observation statistics; None when it takes raw observations.
        path: the .onnx file.
        meta: stored in the file's metadata properties, as strings.
        recorded: raw observations of the scene for the certificate, (n, size) or a dictionary of
            such; None: it gets drawn ones.
        channels_last: the game gives images as (height, width, channels).

    Raises:
        ModelError: the model's spaces or policy cannot be exported.
        StorageError: the folder cannot be written, or the disk is full.
    """
    parts = observation_parts(model.observation_space, channels_last)
    # Layers that only training needs (dropout) are off while the policy is traced.
    model.policy.set_training_mode(False)
    actor = actor_of(model)
    features = FeaturesOfVector(
        parts,
        model.observation_space,
        actor.extractor,
        normaliser,
        bool(model.policy.normalize_images),
    )
    layout = action_layout(model.action_space, choices=actor.distribution == HYBRID)
    proto = _trace(_OnnxPolicy(features, actor), actor, sum(part.size for part in parts))
    for key, value in _properties(parts, layout, actor, model, meta).items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    attach(proto, certify(model, normaliser, meta, recorded, parts))
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


def _trace(module: torch.nn.Module, actor: Actor, size: int) -> onnx.ModelProto:
    state = torch.zeros(1, actor.state_size) if actor.state_size else torch.zeros(1)
    outputs = ["output", "state_outs"]
    if actor.distribution in (GAUSSIAN, SQUASHED_GAUSSIAN, HYBRID):
        outputs += ["mean", "std"]
    names = ["obs", "state_ins", *outputs]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The TorchScript exporter is deprecated but self-contained; the new one needs more
        # packages and its models break quantisation.
        warnings.simplefilter("ignore")
        target = Path(folder, "policy.onnx")
        torch.onnx.export(
            module.eval(),
            (torch.zeros(1, size), state),
            str(target),
            opset_version=OPSET,
            input_names=["obs", "state_ins"],
            output_names=outputs,
            dynamic_axes={name: {0: "batch_size"} for name in names},
            dynamo=False,
        )
        return onnx.load(str(target))


def _properties(
    parts: tuple[ObservationPart, ...],
    layout: dict[str, Any],
    actor: Actor,
    model: BaseAlgorithm,
    meta: CheckpointMeta,
) -> Mapping[str, str]:
    observations = [
        {
            "key": part.key or "obs",
            "size": part.size,
            "shape": list(part.shape),
            "kind": part.kind,
            "names": meta.observation_names.get(part.key or "obs", []),
        }
        for part in parts
    ]
    properties = {
        "harness": f"spacetime-rl {harness_version()}",
        "scenario": meta.scenario,
        "seed": str(meta.seed),
        "timesteps": str(meta.timesteps),
        "commit": meta.commit,
        "observations": json.dumps(observations),
        "actions": json.dumps(layout),
        "policy": json.dumps(
            {"algorithm": type(model).__name__, "distribution": actor.distribution}
        ),
    }
    if actor.state_size:
        state = {"size": actor.state_size, "parts": list(actor.state_parts)}
        properties["state"] = json.dumps(state)
    return properties


class _OnnxPolicy(torch.nn.Module):
    """Raw flat observations and states to what the file gives."""

    def __init__(self, features: FeaturesOfVector, actor: Actor) -> None:
        super().__init__()
        self._features = features
        self._actor = actor

    def forward(self, obs: torch.Tensor, state_ins: torch.Tensor) -> tuple[torch.Tensor, ...]:
        actions, state_outs = self._actor(self._features(obs), state_ins)
        if actions.mean is None or actions.deviation is None:
            return actions.output, state_outs
        return actions.output, state_outs, actions.mean, actions.deviation
