"""How alike two policies act on the same observations; pure functions of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

TOLERANCE = 0.05
"""Difference of a continuous action that counts as the same: 2.5 % of a range from -1 to 1."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Agreement:
    """How a policy's outputs compare with those of a reference.

    Attributes:
        observations: how many were compared.
        mean_abs_diff: over all elements of all actions; None for discrete actions, whose outputs
            are logits.
        max_abs_diff: likewise.
        within_tolerance: share of the observations on which no element differs by more than
            `tolerance`; None for discrete actions.
        same_choice: share of the observations on which every branch chooses the same; None for
            continuous actions.
        tolerance: of `within_tolerance`.
    """

    observations: int
    mean_abs_diff: float | None
    max_abs_diff: float | None
    within_tolerance: float | None
    same_choice: float | None
    tolerance: float = TOLERANCE


def compare_outputs(
    reference: Array, other: Array, nvec: Sequence[int] | None, tolerance: float = TOLERANCE
) -> Agreement:
    """Compare the outputs of two models on the same observations.

    Args:
        reference: (n, outputs) float32, n >= 1.
        other: of the same shape.
        nvec: number of choices of each discrete branch; None: the outputs are continuous actions.
        tolerance: see `Agreement`.

    Raises:
        ValueError: the shapes differ.
    """
    if reference.shape != other.shape:
        raise ValueError(f"outputs of shapes {reference.shape} and {other.shape}")
    count = len(reference)
    if nvec is not None:
        same = np.ones(count, dtype=bool)
        for end, size in zip(np.cumsum(nvec), nvec, strict=True):
            branch = slice(int(end) - size, int(end))
            same &= reference[:, branch].argmax(axis=1) == other[:, branch].argmax(axis=1)
        return Agreement(count, None, None, None, float(same.mean()), tolerance)
    difference = np.abs(reference.astype(np.float64) - other.astype(np.float64))
    return Agreement(
        observations=count,
        mean_abs_diff=float(difference.mean()),
        max_abs_diff=float(difference.max()),
        within_tolerance=float((difference.max(axis=1) <= tolerance).mean()),
        same_choice=None,
        tolerance=tolerance,
    )
