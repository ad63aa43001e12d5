"""What a model's ONNX file takes and gives, derived from its spaces; who cannot be exported.

The engine and godot-rl's own runner feed one flat vector `obs`; a dictionary of observations is
concatenated in the order of its keys, as Stable-Baselines3 does it. An image is its bytes, as
floats in [0, 255]; a choice is its number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space

from rl_training.errors import ModelError
from rl_training.protocol.hybrid_box import HybridBox

Kind = Literal["vector", "image", "discrete"]


@dataclass(frozen=True)
class ObservationPart:
    """One key of the observation and its place in the flat vector.

    Attributes:
        key: its key; empty when the observation is a plain array.
        shape: of one agent's value as the engine gives it; (1,) for a choice.
        kind: "vector" (floats of any shape), "image" (bytes) or "discrete" (a number).
        choices: of a "discrete" one.
    """

    key: str
    shape: tuple[int, ...]
    kind: Kind = "vector"
    choices: int = 0

    @property
    def size(self) -> int:
        """How many floats."""
        return math.prod(self.shape)


def observation_parts(
    space: spaces.Space[Any], channels_last: bool = False
) -> tuple[ObservationPart, ...]:
    """Return the parts of the flat vector, in order.

    Args:
        space: as the model has it: images channels first.
        channels_last: the engine gives images as (height, width, channels); the export then turns
            them. Ours gives (channels, height, width) unless told otherwise.

    Raises:
        ModelError: an observation is of a kind that the engine does not give.
    """
    by_key = dict(space.spaces) if isinstance(space, spaces.Dict) else {"": space}
    return tuple(_part(key, by_key[key], channels_last) for key in sorted(by_key))


def _part(key: str, space: spaces.Space[Any], channels_last: bool) -> ObservationPart:
    if isinstance(space, spaces.Discrete) and space.start == 0:
        return ObservationPart(key, (1,), "discrete", int(space.n))
    if isinstance(space, spaces.Box) and is_image_space(space):
        channels, height, width = space.shape
        raw = (height, width, channels) if channels_last else (channels, height, width)
        return ObservationPart(key, raw, "image")
    if isinstance(space, spaces.Box) and space.shape and space.dtype.kind == "f":
        return ObservationPart(key, tuple(space.shape))
    raise ModelError(
        f"cannot export observation {key or 'obs'!r} ({space}): only floats, uint8 images in "
        "[0, 255] and Discrete can be exported; train with --no-export_onnx"
    )


def action_layout(space: spaces.Space[Any], *, choices: bool = False) -> dict[str, Any]:
    """Describe the output as plain JSON: {"type": "continuous", ...} or {"type": "discrete", ...}.

    Continuous beside discrete actions tell their "fields" too. They are "hybrid", with "size"
    outputs and the bounds of the continuous ones, if a policy gives a logit for every choice; else
    they are "continuous", in the columns of `HybridBox`.

    Args:
        space: of the actions.
        choices: the policy gives a logit for every choice of a `HybridBox`.

    Raises:
        ModelError: the action space has no ONNX form here.
    """
    if isinstance(space, HybridBox):
        fields = [
            {"key": field.key, "action_type": field.kind, "size": field.size}
            for field in space.fields
        ]
        if choices:
            bound = [1.0] * len(space.continuous)
            low = [-one for one in bound]
            size = space.outputs
            return {"type": "hybrid", "size": size, "low": low, "high": bound, "fields": fields}
        return {**action_layout(spaces.Box(space.low, space.high)), "fields": fields}
    if isinstance(space, spaces.Box) and len(space.shape) == 1:
        return {
            "type": "continuous",
            "size": space.shape[0],
            "low": [float(v) for v in finite(space.low)],
            "high": [float(v) for v in finite(space.high)],
        }
    if isinstance(space, spaces.Discrete):
        return {"type": "discrete", "nvec": [int(space.n)]}
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return {"type": "discrete", "nvec": [int(n) for n in space.nvec]}
    raise ModelError(
        f"cannot export action space {space}: only vectors of continuous or of discrete actions "
        "can be exported; train with --no-export_onnx"
    )


def finite(bounds: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return bounds as float32; an infinite one as the largest number, which JSON can hold."""
    largest = np.finfo(np.float32).max
    result: npt.NDArray[np.float32] = np.clip(bounds, -largest, largest).astype(np.float32)
    return result


def flatten(
    obs: npt.NDArray[Any] | dict[str, npt.NDArray[Any]], parts: tuple[ObservationPart, ...]
) -> npt.NDArray[np.float32]:
    """Concatenate an observation into the vector that the exported model takes.

    Args:
        obs: (n, ...) array, or a dictionary of such by key.
        parts: of `observation_parts`.

    Returns:
        (n, total size) float32.
    """
    values = [obs[part.key] if isinstance(obs, dict) else obs for part in parts]
    columns = [value.reshape(len(value), -1) for value in values]
    return np.concatenate(columns, axis=1).astype(np.float32)


def unflatten(
    flat: npt.NDArray[Any], parts: tuple[ObservationPart, ...]
) -> npt.NDArray[Any] | dict[str, npt.NDArray[Any]]:
    """Undo `flatten`: (n, total size) to an array or a dictionary as the engine gives it."""
    values: dict[str, npt.NDArray[Any]] = {}
    start = 0
    for part in parts:
        value = flat[:, start : start + part.size]
        start += part.size
        if part.kind == "discrete":
            values[part.key] = value[:, 0].astype(np.int64)
        else:
            value = value.reshape(len(flat), *part.shape)
            values[part.key] = value.astype(np.uint8) if part.kind == "image" else value
    return values[""] if len(parts) == 1 and not parts[0].key else values
