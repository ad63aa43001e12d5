"""What a rollout adds to VecNormalize's statistics: counted aside, merged at its end.

Called by `free_collection`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize


class ObservationMoments:
    """Normalises an observation by statistics that stand still, and counts what comes.

    Args:
        rms: the statistics of the rollout's beginning.
        normalise: gives epsilon and the bound.
    """

    def __init__(self, rms: RunningMeanStd, normalise: VecNormalize) -> None:
        self._mean = rms.mean.astype(np.float32)
        self._scale = (1.0 / np.sqrt(rms.var + normalise.epsilon)).astype(np.float32)
        self._clip = np.float32(normalise.clip_obs)
        self._added = RunningMeanStd(epsilon=0.0, shape=rms.mean.shape)

    def normalise(self, values: npt.NDArray[Any], out: npt.NDArray[np.float32]) -> None:
        """Write (n, size) normalised values to `out`."""
        np.subtract(values, self._mean, out=out)
        out *= self._scale
        np.clip(out, -self._clip, self._clip, out=out)

    def add(self, values: npt.NDArray[Any]) -> None:
        """Count (decisions, agents, size) values."""
        flat = values.reshape(-1, values.shape[-1])
        mean = flat.mean(axis=0, dtype=np.float64)
        var = flat.var(axis=0, dtype=np.float64)
        self._added.update_from_moments(mean, var, len(flat))

    def merge_into(self, rms: RunningMeanStd) -> None:
        """Add what was counted to the statistics."""
        rms.combine(self._added)


def discounted_returns(
    normalise: VecNormalize,
    rewards: npt.NDArray[np.float32],
    dones: npt.NDArray[np.bool_],
) -> None:
    """Add a rollout's discounted returns to the statistics that scale rewards.

    Args:
        normalise: whose `returns` go on from the last rollout.
        rewards: (steps, agents), raw.
        dones: (steps, agents).
    """
    seen = np.empty(rewards.shape, np.float64)
    for number, reward in enumerate(rewards):
        normalise.returns = normalise.returns * normalise.gamma + reward
        seen[number] = normalise.returns
        normalise.returns[dones[number]] = 0
    normalise.ret_rms.update(seen.ravel())
