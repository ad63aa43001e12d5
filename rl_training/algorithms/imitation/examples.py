"""Trajectories as what a policy learns from: arrays of all decisions, and where episodes begin.

Made by `learner`. It knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.algorithms.imitation.actions import as_taken
from rl_training.data.trajectory import DEFAULT_KEY, Array, Trajectory, require_one_form
from rl_training.errors import DataError, nearest

_LEAST_RETURN_DEVIATION = 1e-6


@dataclass(frozen=True)
class Examples:
    """Decisions of whole episodes, one episode after another.

    Attributes:
        observations: key to (n, ...), raw; `DEFAULT_KEY` alone where the space is no dictionary.
        actions: (n, ...), as the environment takes them.
        returns: (n,) float32, discounted, from each decision on.
        starts: (episodes + 1,) int64: where each begins; the last is n.
    """

    observations: dict[str, Array]
    actions: Array
    returns: NDArray[np.float32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def episodes(self) -> int:
        """How many episodes there are."""
        return len(self.starts) - 1

    @property
    def has_rewards(self) -> bool:
        """Whether returns differ at all; recordings of godot-rl tell none."""
        return bool(len(self)) and bool(self.returns.std() > _LEAST_RETURN_DEVIATION)

    def rows(self, chosen: Any) -> dict[str, Array]:
        """Return the observations of some decisions."""
        return {key: array[chosen] for key, array in self.observations.items()}

    def sequences(self, length: int, burn_in: int) -> list[tuple[int, int, int]]:
        """Cut the episodes into sequences.

        An LSTM does not know at a cut what it would remember there: later sequences begin
        `burn_in` decisions earlier, which are seen but not learned from (Kapturowski et al. 2019,
        R2D2).

        Returns:
            First decision, first that is learned from, and end, of each.
        """
        found = []
        for start, stop in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            at = start
            while at < stop:
                first = max(start, at - burn_in)
                end = min(stop, first + length)
                found.append((first, at, end))
                at = end
        return found


def make_examples(
    trajectories: Sequence[Trajectory],
    observation_space: spaces.Space[Any],
    action_space: spaces.Space[Any],
    gamma: float,
) -> Examples:
    """Bring trajectories into the form of a scene.

    Args:
        trajectories: of one form, at least one.
        observation_space: of the scene.
        action_space: of the scene.
        gamma: discount factor of the returns.

    Raises:
        DataError: they do not fit the scene; the message names the first difference.
    """
    require_one_form(list(trajectories))
    wanted = (
        dict(observation_space.spaces)
        if isinstance(observation_space, spaces.Dict)
        else {DEFAULT_KEY: observation_space}
    )
    known = trajectories[0].observations
    for key, space in wanted.items():
        if key not in known:
            raise DataError(
                f"the demonstrations have no observation {key!r}.{nearest(key, known)} They have: "
                f"{', '.join(known)}"
            )
        if known[key].shape[1:] != space.shape:
            raise DataError(
                f"the demonstrations' observation {key!r} is {known[key].shape[1:]}, the scene's "
                f"{space.shape}: were they recorded in this scene?"
            )
    seen = {
        key: np.concatenate([one.observations[key][:-1] for one in trajectories]).astype(
            space.dtype, copy=False
        )
        for key, space in wanted.items()
    }
    taken = [as_taken(one.actions, action_space) for one in trajectories]
    lengths = [len(one) for one in trajectories]
    return Examples(
        seen,
        np.concatenate(taken),
        np.concatenate([discounted(one.rewards, gamma) for one in trajectories]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def split(
    trajectories: Sequence[Trajectory], share: float, seed: int
) -> tuple[list[Trajectory], list[Trajectory]]:
    """Return what is learned from and what is held back, whole episodes at random.

    Args:
        trajectories: at least one.
        share: held back, in [0, 1); of two episodes or more at least one, unless it is 0.
        seed: of the choice.
    """
    count = 0 if share == 0.0 else max(1, round(share * len(trajectories)))
    count = min(count, len(trajectories) - 1)
    order = np.random.default_rng(seed).permutation(len(trajectories))
    held = set(order[:count].tolist())
    learned = [one for number, one in enumerate(trajectories) if number not in held]
    return learned, [trajectories[number] for number in sorted(held)]


def discounted(rewards: NDArray[np.float64], gamma: float) -> NDArray[np.float32]:
    """Return from each decision on the discounted sum of rewards, (n,) float32."""
    found = np.zeros(len(rewards), np.float32)
    total = 0.0
    for row in range(len(rewards) - 1, -1, -1):
        total = float(rewards[row]) + gamma * total
        found[row] = total
    return found


def running_returns(rewards: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    """Return what SB3's normaliser takes the deviation of: discounted sums of past rewards."""
    found = np.zeros(len(rewards))
    total = 0.0
    for row, reward in enumerate(rewards.tolist()):
        total = gamma * total + reward
        found[row] = total
    return found
