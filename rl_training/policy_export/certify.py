"""Make the certificate of a Stable-Baselines3 model; `onnx_export.export` is the caller."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser, Observation
from rl_training.policy_export.certificate import DRAWN, ROWS, SCENE, Certificate, evenly_spread
from rl_training.policy_export.layout import ObservationPart, flatten, unflatten
from rl_training.policy_export.reference import (
    State,
    decide,
    is_recurrent,
    state_rows,
    zero_state,
)
from rl_training.policy_export.verify import random_observations

Array = npt.NDArray[Any]


def certify(
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    meta: CheckpointMeta,
    recorded: Observation | None,
    parts: tuple[ObservationPart, ...],
) -> Certificate:
    """Return the certificate of an exported model, with the outputs of the model itself.

    Args:
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
    inputs: dict[str, Array] = {"obs": flat, "state_ins": np.zeros(len(flat), np.float32)}
    state: State | None = None
    if is_recurrent(model):
        # With zeros the weights between one decision and the next would have no part in it.
        generator = np.random.default_rng(0)
        hidden, memory = zero_state(model, len(flat))
        state = _drawn(generator, hidden), _drawn(generator, memory)
        inputs["state_ins"] = state_rows(state)
    outputs = decide(model, normaliser, unflatten(flat, parts), state).by_output()
    scaled = normaliser is not None and bool(normaliser.obs)
    settings = {
        "algorithm": meta.algorithm,
        "deterministic": True,
        "normaliser_clip": normaliser.clip_obs if scaled and normaliser is not None else None,
        "scene": meta.scene.get("scene"),
        "action_repeat": meta.scene.get("action_repeat"),
        "observation_stack": meta.scene.get("observation_stack"),
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
        outputs=outputs,
        source=DRAWN if recorded is None else SCENE,
        scenario=meta.scenario,
        timesteps=meta.timesteps,
        commit=meta.commit,
    )


def _drawn(generator: np.random.Generator, zeros: Array) -> Array:
    return generator.uniform(-1.0, 1.0, zeros.shape).astype(np.float32)
