"""The arrays in which a rollout is written down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Sheet:
    """A rollout of some agents, filled in as it is played.

    Attributes:
        raw: key to (steps + 1, agents, ...), the last decision's result included.
        obs: the same, normalised; the same arrays where nothing is normalised.
        actions: (steps, agents, columns), as they were drawn.
        rewards: (steps, agents) float32.
        dones: (steps, agents) bool.
        absent: (steps + 1, agents) bool, True where a seat has no agent before a decision, and
            after the last.
    """

    raw: Arrays
    obs: Arrays
    actions: npt.NDArray[Any]
    rewards: npt.NDArray[np.float32]
    dones: npt.NDArray[np.bool_]
    absent: npt.NDArray[np.bool_]

    @classmethod
    def blank(
        cls,
        like: Mapping[str, npt.NDArray[Any]],
        scaled: Collection[str],
        steps: int,
        columns: int,
        dtype: Any,
    ) -> Sheet:
        """Make an empty sheet.

        Args:
            like: observations of the agents, key to (agents, ...).
            scaled: keys that are normalised.
            steps: decisions.
            columns: of an action.
            dtype: of the actions.
        """
        agents = len(next(iter(like.values())))
        raw = {key: np.empty((steps + 1, *each.shape), each.dtype) for key, each in like.items()}
        obs = raw | {key: np.empty(raw[key].shape, np.float32) for key in scaled}
        return cls(
            raw=raw,
            obs=obs,
            actions=np.zeros((steps, agents, columns), dtype),
            rewards=np.zeros((steps, agents), np.float32),
            dones=np.zeros((steps, agents), np.bool_),
            absent=np.zeros((steps + 1, agents), np.bool_),
        )

    @property
    def steps(self) -> int:
        """Decisions."""
        return len(self.rewards)


def features(
    obs: Mapping[str, npt.NDArray[Any]],
    keys: Collection[str],
    number: int | slice,
    rows: slice = slice(None),
) -> npt.NDArray[Any]:
    """Return (..., size) what a network takes of a sheet's observations.

    Args:
        obs: key to (steps + 1, agents, size).
        keys: in the order of the network; empty: all.
        number: of the decision, or several.
        rows: of the agents.
    """
    arrays = [obs[key][number, rows] for key in keys or obs]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=-1)
