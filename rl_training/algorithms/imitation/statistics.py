"""The statistics of data in the place of those of a scene, for a normaliser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.algorithms.imitation.examples import Examples, running_returns
from rl_training.checkpoints.normaliser import SINGLE, Normaliser, RunningStats
from rl_training.data.trajectory import DEFAULT_KEY, Trajectory


def take_statistics(
    wrapper: VecNormalize | None,
    examples: Examples,
    trajectories: Sequence[Trajectory],
    gamma: float,
) -> None:
    """Give a normaliser the data's statistics; it learns no others from then on.

    Args:
        wrapper: changed; None: nothing is normalised.
        examples: the data as a scene has it.
        trajectories: the same as it was read.
        gamma: discount factor of the returns.
    """
    if wrapper is None:
        return
    ours = Normaliser.of(wrapper)
    obs = {}
    for key in ours.obs:
        array = examples.observations[DEFAULT_KEY if key == SINGLE else key]
        mean, var = array.mean(axis=0, dtype=np.float64), array.var(axis=0, dtype=np.float64)
        obs[key] = RunningStats(mean, var, float(len(array)))
    past = np.concatenate([running_returns(one.rewards, gamma) for one in trajectories])
    returns = ours.returns
    if examples.has_rewards:
        returns = RunningStats(past.mean(), past.var(), float(len(past)))
    Normaliser(
        obs, returns, ours.norm_obs, ours.norm_reward, ours.clip_obs, ours.clip_reward,
        ours.epsilon, ours.gamma,
    ).apply_to(wrapper)  # fmt: skip
    wrapper.training = False
