"""Observations normalised by running statistics, engine by engine.

Each engine's observations are normalised when they arrive, by what the rollout began with and what
that engine has sent since: nothing depends on which engine was first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ScaleStart:
    """What a rollout knows of one key of the observation when it begins; can be pickled.

    Attributes:
        mean: (size,) float64.
        var: (size,) float64.
        count: observations in them.
        epsilon: added to the variance.
        clip: bound of what is normalised.
        learns: whether new observations are counted.
    """

    mean: npt.NDArray[np.float64]
    var: npt.NDArray[np.float64]
    count: float
    epsilon: float
    clip: float
    learns: bool


class Scale(NamedTuple):
    """Normalised is (raw - mean) * factor, clipped; both (size,) float32."""

    mean: Floats
    factor: Floats


class RunningScale:
    """One key of one engine's observation.

    Args:
        start: what the rollout begins with.

    Attributes:
        now: how an observation is normalised at this moment.
    """

    def __init__(self, start: ScaleStart) -> None:
        self._mean, self._var, self._count = start.mean, start.var, start.count
        self._epsilon = start.epsilon
        self._clip = np.float32(start.clip)
        self._learns = start.learns
        self.now = self._scale()

    def count(self, values: npt.NDArray[Any]) -> None:
        """Count (n, size) raw observations, where statistics are gathered.

        Means and variances of two parts are joined as by Chan, Golub and LeVeque, "Updating
        formulae and a pairwise algorithm for computing sample variances" (1979).
        """
        if not self._learns or not len(values):
            return
        added, mean, var = len(values), values.mean(axis=0), values.var(axis=0)
        delta, total = mean - self._mean, self._count + added
        squares = self._var * self._count + var * added
        squares = squares + np.square(delta) * self._count * added / total
        self._mean = self._mean + delta * added / total
        self._var = squares / total
        self._count = total
        self.now = self._scale()

    def normalise(self, values: npt.NDArray[Any], out: Floats) -> None:
        """Write values (..., size) to `out`, normalised as of now."""
        normalised(values, self.now, self._clip, out)

    def _scale(self) -> Scale:
        factor = 1.0 / np.sqrt(self._var + self._epsilon)
        return Scale(self._mean.astype(np.float32), factor.astype(np.float32))


def normalised(values: npt.NDArray[Any], scale: Scale, clip: float, out: Floats) -> None:
    """Write values (..., size) to `out`, normalised and clipped to +- `clip`."""
    np.subtract(values, scale.mean, out=out)
    out *= scale.factor
    bound = np.float32(clip)
    np.clip(out, -bound, bound, out=out)
