"""VecNormalize's statistics while engines do not wait for each other.

Called by `free_collection`. An observation is normalised when it arrives, by what the rollout began
with and what its own engine has sent since: nothing depends on which engine was first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize


class ObservationStatistics:
    """One key of the observation, normalised engine by engine.

    Args:
        rms: VecNormalize's statistics, which change when `merge` is called.
        normalise: gives epsilon and the bound, and says whether statistics are gathered.
        engines: how many there are.
    """

    def __init__(self, rms: RunningMeanStd, normalise: VecNormalize, engines: int) -> None:
        self._rms = rms
        self._epsilon = normalise.epsilon
        self._clip = np.float32(normalise.clip_obs)
        self._learns = normalise.training
        self._of: Sequence[RunningMeanStd] = [rms.copy() for _ in range(engines)]
        self._scale = [self._scale_of(rms)] * engines
        self._added = RunningMeanStd(epsilon=0.0, shape=rms.mean.shape)

    def take(
        self,
        engine: int,
        values: npt.NDArray[Any],
        out: npt.NDArray[np.float32],
        new: bool,
        there: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Normalise what an engine sent.

        Args:
            engine: its number.
            values: (agents, size), raw.
            out: gets them normalised.
            new: they were not counted yet.
            there: (agents,) bool, False where nobody sits, which is not counted; None: all are.
        """
        if new and self._learns and (there is None or there.any()):
            self._of[engine].update(values if there is None else values[there])
            self._scale[engine] = self._scale_of(self._of[engine])
        self.normalise(engine, values, out)

    def normalise(
        self, engine: int, values: npt.NDArray[Any], out: npt.NDArray[np.float32]
    ) -> None:
        """Write values (..., size) to `out`, normalised by what is known of an engine now."""
        mean, factor = self._scale[engine]
        np.subtract(values, mean, out=out)
        out *= factor
        np.clip(out, -self._clip, self._clip, out=out)

    def count(self, values: npt.NDArray[Any], there: npt.NDArray[np.bool_] | None = None) -> None:
        """Count (decisions, agents, size) raw values of all engines, in the order of decisions.

        (decisions, agents) `there` is False where nobody sits; None: nowhere.
        """
        flat = values.reshape(-1, values.shape[-1]) if there is None else values[there]
        if self._learns and len(flat):
            mean = flat.mean(axis=0, dtype=np.float64)
            var = flat.var(axis=0, dtype=np.float64)
            self._added.update_from_moments(mean, var, len(flat))

    def merge(self) -> None:
        """Add what was counted to VecNormalize's statistics."""
        if self._learns:
            self._rms.combine(self._added)

    def _scale_of(self, rms: RunningMeanStd) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        factor = 1.0 / np.sqrt(rms.var + self._epsilon)
        return rms.mean.astype(np.float32), factor.astype(np.float32)


def scaled_rewards(
    normalise: VecNormalize, rewards: npt.NDArray[np.float32], dones: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Do what `VecNormalize.step_wait` does with the rewards of a decision.

    Args:
        normalise: whose statistics of the returns go on.
        rewards: (agents,), raw; decisions come in their order.
        dones: (agents,).
    """
    if normalise.training:
        normalise._update_reward(rewards)
    scaled: npt.NDArray[np.float32] = normalise.normalize_reward(rewards)
    normalise.returns[dones] = 0
    return scaled
