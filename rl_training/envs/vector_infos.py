"""Infos of single agents as Gymnasium's vector infos: an array for each key, and who has it.

Called by `gym_vector_env`. As Gymnasium's own `VectorEnv._add_info`, with two differences: the
values of a key decide its type together, so that 1 and 0.5 are both floats, and the same in every
version of Gymnasium.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def vector_infos(infos: Mapping[int, Mapping[str, Any]], num_envs: int) -> dict[str, Any]:
    """Return infos by key.

    Args:
        infos: row to that agent's info; rows that have none are left out.
        num_envs: rows in all.

    Returns:
        Each key with a (num_envs,) array of bool, int64, float64 or objects, or with a dictionary
        of the same kind where the values are dictionaries; and `_key`, (num_envs,) bool, True
        where the agent has it.
    """
    columns: dict[str, dict[int, Any]] = {}
    for row, info in infos.items():
        for key, value in info.items():
            columns.setdefault(key, {})[row] = value
    vector: dict[str, Any] = {}
    for key, column in columns.items():
        mask = np.zeros(num_envs, np.bool_)
        mask[list(column)] = True
        if all(isinstance(value, Mapping) for value in column.values()):
            vector[key] = vector_infos(column, num_envs)
        else:
            vector[key] = _array(column, num_envs)
        vector[f"_{key}"] = mask
    return vector


def object_array(values: Mapping[int, Any], num_envs: int) -> NDArray[Any]:
    """Return (num_envs,) objects, None where there is no value."""
    array = np.full(num_envs, None, dtype=object)
    for row, value in values.items():
        array[row] = value
    return array


def _array(column: Mapping[int, Any], num_envs: int) -> NDArray[Any]:
    kinds = {_kind(value) for value in column.values()}
    if kinds == {"bool"}:
        dtype: Any = np.bool_
    elif kinds == {"int"}:
        dtype = np.int64
    elif kinds <= {"int", "float"}:
        dtype = np.float64
    else:
        return object_array(column, num_envs)
    array = np.zeros(num_envs, dtype)
    array[list(column)] = list(column.values())
    return array


def _kind(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    if isinstance(value, (int, np.integer)):
        return "int" if -(2**63) <= value < 2**63 else "object"
    return "float" if isinstance(value, (float, np.floating)) else "object"
