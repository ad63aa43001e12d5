"""What a model's ONNX file takes and gives, derived from its spaces; who cannot be exported.

The engine and godot-rl's own runner feed one flat vector `obs`; a dictionary of observations is
concatenated in the order of its keys, as Stable-Baselines3 does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from rl_training.errors import ModelError


@dataclass(frozen=True)
class ObservationPart:
    """One key of the observation and its place in the flat vector.

    Attributes:
        key: its key; empty when the observation is a plain array.
        size: how many floats.
    """

    key: str
    size: int


def observation_parts(space: spaces.Space[Any]) -> tuple[ObservationPart, ...]:
    """Return the parts of the flat vector, in order.

    Raises:
        ModelError: an observation is not a flat vector of floats (images, discrete).
    """
    by_key = dict(space.spaces) if isinstance(space, spaces.Dict) else {"": space}
    parts = []
    for key, part in by_key.items():
        if not isinstance(part, spaces.Box) or len(part.shape) != 1 or part.dtype.kind != "f":
            raise ModelError(
                f"cannot export observation {key or 'obs'!r} ({part}): only flat vectors of "
                "floats can be exported; train with --no-export_onnx"
            )
        parts.append(ObservationPart(key, part.shape[0]))
    return tuple(parts)


def action_layout(space: spaces.Space[Any]) -> dict[str, Any]:
    """Describe the output as plain JSON: {"type": "continuous", ...} or {"type": "discrete", ...}.

    Raises:
        ModelError: the action space has no ONNX form here.
    """
    if isinstance(space, spaces.Box) and len(space.shape) == 1:
        return {
            "type": "continuous",
            "size": space.shape[0],
            "low": [float(v) for v in space.low],
            "high": [float(v) for v in space.high],
        }
    if isinstance(space, spaces.Discrete):
        return {"type": "discrete", "nvec": [int(space.n)]}
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return {"type": "discrete", "nvec": [int(n) for n in space.nvec]}
    raise ModelError(
        f"cannot export action space {space}: only vectors of continuous or of discrete actions "
        "can be exported; train with --no-export_onnx"
    )


def flatten(
    obs: npt.NDArray[Any] | dict[str, npt.NDArray[Any]], parts: tuple[ObservationPart, ...]
) -> npt.NDArray[np.float32]:
    """Concatenate an observation into the vector that the exported model takes.

    Args:
        obs: (n, size) array, or a dictionary of such by key.
        parts: of `observation_parts`.

    Returns:
        (n, total size) float32.
    """
    columns = [obs[part.key] if isinstance(obs, dict) else obs for part in parts]
    return np.concatenate(columns, axis=1).astype(np.float32)


def unflatten(
    flat: npt.NDArray[Any], parts: tuple[ObservationPart, ...]
) -> npt.NDArray[Any] | dict[str, npt.NDArray[Any]]:
    """Undo `flatten`: (n, total size) to an array or a dictionary as the model's space has it."""
    if len(parts) == 1 and not parts[0].key:
        return flat
    ends = np.cumsum([part.size for part in parts])
    return {part.key: flat[:, end - part.size : end] for part, end in zip(parts, ends, strict=True)}
