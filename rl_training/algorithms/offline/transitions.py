"""Trajectories as transitions: what was seen, done, paid, and seen then. Made by `learner`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy

from rl_training.algorithms.imitation.cloner import channels_first
from rl_training.algorithms.imitation.examples import Examples
from rl_training.checkpoints.normaliser import SINGLE, Normaliser
from rl_training.data.trajectory import DEFAULT_KEY, Array, Trajectory
from rl_training.errors import DataError


@dataclass(frozen=True)
class Transitions:
    """All decisions of a data set as a policy sees them.

    Attributes:
        seen: key to (n, ...), normalised where the policy wants it.
        seen_then: the same after the decision.
        actions: (n, size) float32 in [-1, 1].
        rewards: (n, 1) float32.
        going_on: (n, 1) float32, 0 where the scene ended the episode.
    """

    seen: dict[str, torch.Tensor]
    seen_then: dict[str, torch.Tensor]
    actions: torch.Tensor
    rewards: torch.Tensor
    going_on: torch.Tensor

    def __len__(self) -> int:
        return len(self.actions)


def make_transitions(
    trajectories: Sequence[Trajectory],
    examples: Examples,
    policy: BasePolicy,
    normaliser: Normaliser | None,
) -> Transitions:
    """Return the transitions of trajectories.

    Args:
        trajectories: of one form.
        examples: made of them: checked, and with actions as the scene takes them.
        policy: that is to learn.
        normaliser: of what it sees; None: raw.

    Raises:
        DataError: all rewards are the same, so that nothing tells good from bad.
    """
    rewards = np.concatenate([one.rewards for one in trajectories]).astype(np.float32)
    if not rewards.std() > 0.0:
        raise DataError(
            "all rewards of the demonstrations are the same, so td3_bc has nothing to tell good "
            "from bad by: use bc"
        )
    then = {
        key: np.concatenate(
            [one.observations[key][1:] for one in trajectories], dtype=array.dtype, casting="unsafe"
        )
        for key, array in examples.observations.items()
    }
    ended = [np.zeros(len(one), np.float32) for one in trajectories]
    for flags, one in zip(ended, trajectories, strict=True):
        flags[-1] = float(one.terminated)
    taken = policy.scale_action(examples.actions.reshape(len(rewards), -1))
    return Transitions(
        _seen(examples.observations, policy, normaliser),
        _seen(replace(examples, observations=then).observations, policy, normaliser),
        torch.from_numpy(np.asarray(taken, np.float32)),
        torch.from_numpy(rewards[:, None]),
        torch.from_numpy(1.0 - np.concatenate(ended)[:, None]),
    )


def observation(tensors: dict[str, torch.Tensor], rows: torch.Tensor, policy: BasePolicy) -> Any:
    """Return rows of observations in the form of a policy's own."""
    chosen = {key: tensor[rows] for key, tensor in tensors.items()}
    return chosen if isinstance(policy.observation_space, spaces.Dict) else chosen[DEFAULT_KEY]


def _seen(
    raw: dict[str, Array], policy: BasePolicy, normaliser: Normaliser | None
) -> dict[str, torch.Tensor]:
    seen: Any = raw
    if normaliser is not None:
        found: Any = normaliser.normalise(raw[DEFAULT_KEY] if SINGLE in normaliser.obs else raw)
        seen = found if isinstance(found, dict) else {DEFAULT_KEY: found}
    tensors = {key: torch.from_numpy(np.ascontiguousarray(array)) for key, array in seen.items()}
    return channels_first(tensors, policy.observation_space)
