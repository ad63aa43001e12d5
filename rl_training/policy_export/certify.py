"""Make the certificate of a Stable-Baselines3 model; `onnx_export.export` is the caller."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.policy_export.certificate import DRAWN, ROWS, SCENE, Certificate, evenly_spread
from rl_training.policy_export.layout import ObservationPart, flatten, unflatten
from rl_training.policy_export.verify import policy_output, random_observations
from rl_training.runs.checkpoint import CheckpointMeta
from rl_training.runs.normaliser import Normaliser, Observation

Array = npt.NDArray[Any]


def certify(
    proto: onnx.ModelProto,
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    meta: CheckpointMeta,
    recorded: Observation | None,
    parts: tuple[ObservationPart, ...],
) -> Certificate:
    """Return the certificate of an exported model, with the outputs of the model itself.

    Args:
        proto: the exported model; inputs beside `obs` (a recurrent state) are recorded as zeros.
        model: what it was exported from.
        normaliser: its observation statistics; None when it takes raw observations.
        meta: what is known about the training.
        recorded: raw observations of the scene, (n, size) or a dictionary of such; None: they are
            drawn from the normaliser's statistics.
        parts: of the model's input.

    Raises:
        ModelError: the model's spaces cannot be exported, or it gives NaN.
    """
    size = sum(part.size for part in parts)
    if recorded is None:
        # The first half of what is drawn is as usual, the second far off.
        flat = random_observations(size, normaliser, 2 * ROWS, 0, parts)[:ROWS]
    else:
        flat = flatten(recorded, parts)
    flat = flat[evenly_spread(flat.shape)]
    inputs: dict[str, Array] = {"obs": flat}
    for value in proto.graph.input:
        lengths = [axis.dim_value for axis in value.type.tensor_type.shape.dim]
        inputs.setdefault(value.name, np.zeros([len(flat), *lengths[1:]], np.float32))
    scaled = normaliser is not None and bool(normaliser.obs)
    settings = {
        "algorithm": meta.algorithm,
        "deterministic": True,
        "normaliser_clip": normaliser.clip_obs if scaled and normaliser is not None else None,
        "scene": meta.scene.get("scene"),
        "action_repeat": meta.scene.get("action_repeat"),
        "physics_ticks_per_second": meta.scene.get("physics_ticks_per_second"),
    }
    names = meta.observation_names
    return Certificate(
        observations=tuple(
            {"key": key, "size": part.size, "names": list(names.get(key, []))}
            for part in parts
            for key in [part.key or "obs"]
        ),
        actions=tuple(meta.scene.get("actions", ())),
        settings={key: value for key, value in settings.items() if value is not None},
        inputs=inputs,
        outputs={"output": policy_output(model, normaliser, unflatten(flat, parts))},
        source=DRAWN if recorded is None else SCENE,
        scenario=meta.scenario,
        timesteps=meta.timesteps,
        commit=meta.commit,
    )
