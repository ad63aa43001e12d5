"""VecNormalize's and VecMonitor's statistics while engines do not wait for each other.

Called by `free_rollout`. While a rollout is played each engine has a scale of its own
(`envs.playing.scales`); what all of them sent is counted here, in the order of decisions.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

from rl_training.envs.playing.scales import ScaleStart


class ObservationStatistics:
    """One key of the observation.

    Args:
        rms: VecNormalize's statistics, which change when `merge` is called.
        normalise: gives epsilon and the bound, and says whether statistics are gathered.

    Attributes:
        start: what a rollout that begins now knows.
    """

    def __init__(self, rms: RunningMeanStd, normalise: VecNormalize) -> None:
        self._rms = rms
        self._learns = normalise.training
        self._added = RunningMeanStd(epsilon=0.0, shape=rms.mean.shape)
        self.start = ScaleStart(
            mean=rms.mean,
            var=rms.var,
            count=rms.count,
            epsilon=normalise.epsilon,
            clip=normalise.clip_obs,
            learns=normalise.training,
        )

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


def note_episodes(
    monitor: VecMonitor,
    rewards: npt.NDArray[np.float32],
    ended: list[int],
    infos: list[dict[str, Any]],
) -> None:
    """Do what `VecMonitor.step_wait` does with what its environment brought."""
    monitor.episode_returns += rewards
    monitor.episode_lengths += 1
    for row in ended:
        episode = {
            "r": monitor.episode_returns[row],
            "l": monitor.episode_lengths[row],
            "t": round(time.time() - monitor.t_start, 6),
        }
        info = infos[row]
        episode |= {key: info[key] for key in monitor.info_keywords}
        infos[row] = {**info, "episode": episode}
        monitor.episode_count += 1
        monitor.episode_returns[row] = 0
        monitor.episode_lengths[row] = 0
        if monitor.results_writer:
            monitor.results_writer.write_row(episode)
