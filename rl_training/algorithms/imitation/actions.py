"""Recorded actions as an environment takes them, and the other way round.

Recorded, continuous values and discrete choices stand side by side in the order of the action
space; a `HybridBox` has scores in the place of choices. Called by `examples` and `experts`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.errors import DataError
from rl_training.protocol.hybrid_box import HybridBox

Array = NDArray[Any]
_SURE = 20.0
"""Logit of a choice that an expert made, above the others' 0."""


def as_taken(recorded: Array, space: spaces.Space[Any]) -> Array:
    """Return recorded actions as the environment takes them.

    Args:
        recorded: (n, values) or (n,).
        space: of the environment.

    Returns:
        (n, columns) float32 in bounds for a Box, (n, choices) int64 or (n,) int64 for discrete
        actions.

    Raises:
        DataError: they do not fit the space; the message says how.
    """
    rows = recorded.reshape(len(recorded), -1)
    if isinstance(space, HybridBox):
        return _hybrid(rows, space)
    if isinstance(space, spaces.Box):
        size = int(np.prod(space.shape))
        _require(rows.shape[1] == size, f"{rows.shape[1]} values", f"{size} continuous ones")
        taken: Array = np.clip(rows, space.low.reshape(-1), space.high.reshape(-1))
        return taken.astype(np.float32).reshape(len(rows), *space.shape)
    if isinstance(space, spaces.Discrete):
        sizes = np.array([int(space.n)])
    elif isinstance(space, spaces.MultiDiscrete):
        sizes = np.asarray(space.nvec).reshape(-1)
    else:
        raise DataError(f"actions of {space} cannot be imitated")
    _require(rows.shape[1] == len(sizes), f"{rows.shape[1]} values", f"{len(sizes)} choices")
    whole = np.round(rows).astype(np.int64)
    fits = bool((whole == rows).all()) and bool(((whole >= 0) & (whole < sizes)).all())
    _require(fits, f"values in [{rows.min():g}, {rows.max():g}]", f"choices of {sizes.tolist()}")
    return whole[:, 0] if isinstance(space, spaces.Discrete) else whole


def as_outputs(taken: Array, space: spaces.Space[Any]) -> NDArray[np.float32]:
    """Return actions as a policy's outputs: themselves, or logits that leave no doubt.

    Args:
        taken: as the environment takes them.
        space: of the environment.
    """
    if isinstance(space, spaces.Box):
        return taken.astype(np.float32).reshape(len(taken), -1)
    sizes = [int(space.n)] if isinstance(space, spaces.Discrete) else _sizes(space)
    parts = [
        _SURE * np.eye(size, dtype=np.float32)[column]
        for size, column in zip(sizes, taken.reshape(len(taken), -1).T, strict=True)
    ]
    return np.concatenate(parts, axis=1)


def _hybrid(rows: Array, space: HybridBox) -> Array:
    if rows.shape[1] == space.shape[0] and any(field.size > 2 for field in space.fields):
        # Rows as a policy gives them, with scores, bring more columns than choices.
        return np.clip(rows, space.low, space.high).astype(np.float32)
    values = sum(field.size if field.kind == "continuous" else 1 for field in space.fields)
    _require(rows.shape[1] == values, f"{rows.shape[1]} values", f"{values} ({space})")
    taken = np.zeros((len(rows), *space.shape), np.float32)
    at = 0
    for field, span in space.spans:
        if field.kind == "continuous":
            taken[:, span] = np.clip(rows[:, at : at + field.size], -1.0, 1.0)
            at += field.size
            continue
        choice = np.round(rows[:, at]).astype(np.int64)
        at += 1
        fits = bool(((choice >= 0) & (choice < field.size)).all())
        _require(fits, f"{field.key} up to {choice.max()}", f"{field.size} choices of it")
        if field.size == 2:
            taken[:, span.start] = 2.0 * choice - 1.0
        else:
            taken[:, span] = np.eye(field.size, dtype=np.float32)[choice]
    return taken


def _sizes(space: Any) -> list[int]:
    return [int(size) for size in np.asarray(space.nvec).reshape(-1)]


def _require(fits: bool, found: str, wanted: str) -> None:
    if not fits:
        raise DataError(
            f"the demonstrations' actions have {found}, the scene takes {wanted}: were they "
            "recorded in this scene?"
        )
