"""Gymnasium spaces that fit trajectories, where nothing else tells them.

Called by converters and by imitation without an environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from rl_training.data.trajectory import Array, Trajectory, require_one_form


def observation_space_of(trajectories: Sequence[Trajectory]) -> spaces.Dict:
    """Return a space by key: images in [0, 255], everything else without bounds.

    Raises:
        DataError: trajectories differ.
    """
    form = require_one_form(list(trajectories))
    return spaces.Dict({key: _box(shape, dtype) for key, shape, dtype in form.observations})


def action_space_of(trajectories: Sequence[Trajectory]) -> spaces.Space[Any]:
    """Return a space of the actions that were seen.

    Integers become choices, as many as were seen; floats lie in [-1, 1], or in the range that was
    seen where that is wider.

    Raises:
        DataError: trajectories differ.
    """
    require_one_form(list(trajectories))
    actions = np.concatenate([one.actions for one in trajectories])
    if actions.dtype.kind in "iub":
        if actions.ndim == 1:
            return spaces.Discrete(int(actions.max()) + 1)
        return spaces.MultiDiscrete(actions.max(axis=0).astype(np.int64) + 1)
    if actions.ndim == 1:
        actions = actions[:, None]
    low = np.minimum(actions.min(axis=0), -1.0).astype(np.float32)
    high = np.maximum(actions.max(axis=0), 1.0).astype(np.float32)
    return spaces.Box(low, high, dtype=np.float32)


def is_image(array: Array) -> bool:
    """Return whether rows are pictures: (n, height, width, 1 or 3) bytes."""
    return array.dtype == np.uint8 and array.ndim == 4 and array.shape[-1] in (1, 3)


def _box(shape: tuple[int, ...], name: str) -> spaces.Box:
    dtype: Any = np.dtype(name)
    if dtype.kind == "b":
        return spaces.Box(0, 1, shape, dtype)
    if dtype.kind in "iu":
        known = np.iinfo(dtype)
        return spaces.Box(known.min, known.max, shape, dtype)
    return spaces.Box(-np.inf, np.inf, shape, dtype)
