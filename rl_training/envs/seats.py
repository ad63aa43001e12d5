"""Seats that may be empty: which, and the episodes of those who sit there.

Our environments say after each reset and decision which of their rows have no agent
(`VecEnv.vacant`). Learners and wrappers read it through `vacant_seats`; an environment that never
says so has no empty seats. Nothing here changes an observation or a reward.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper, VecMonitor
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

Flags = NDArray[np.bool_]


def innermost(env: VecEnv) -> VecEnv:
    """Return the environment inside all wrappers."""
    while isinstance(env, VecEnvWrapper):
        env = env.venv
    return env


def vacant_seats(env: Any) -> Flags | None:
    """Return which rows have no agent since the last reset or decision.

    Args:
        env: an environment without wrappers (`innermost`).

    Returns:
        (num_envs,) bool; None: every row has one.
    """
    return getattr(env, "vacant", None)


def joined_flags(parts: Sequence[Flags | None], sizes: Sequence[int]) -> Flags | None:
    """Return the flags of several engines as one; None where none of them has any.

    Args:
        parts: of each engine (its agents,) bool; None: none is set.
        sizes: agents of each.
    """
    if all(part is None or not part.any() for part in parts):
        return None
    pairs = zip(parts, sizes, strict=True)
    return np.concatenate([np.zeros(n, np.bool_) if part is None else part for part, n in pairs])


def either(one: Flags | None, other: Flags | None) -> Flags | None:
    """Return where one of two is set; None: nowhere."""
    if one is None or other is None:
        return other if one is None else one
    return one | other


class SeatMonitor(VecMonitor):
    """SB3's monitor, which counts nothing where nobody sits.

    An agent that has ended and waits for the others of its arena, or has left, plays no episode:
    what the seat's next agent plays begins with 0.

    Args:
        env: the agents.

    Attributes:
        empty_seats: (num_envs,) bool, where nobody sits after the last decision; None: nowhere.
    """

    def __init__(self, env: VecEnv) -> None:
        super().__init__(env)
        self._seats = innermost(env)
        self.empty_seats: Flags | None = None

    def reset(self) -> Any:
        """See `VecMonitor`."""
        obs = super().reset()
        self.empty_seats = vacant_seats(self._seats)
        return obs

    def step_wait(self) -> VecEnvStepReturn:
        """See `VecMonitor`."""
        result = super().step_wait()
        self.forget(vacant_seats(self._seats))
        return result

    def forget(self, vacant: Flags | None) -> None:
        """Begin anew where nobody sat before the last decision or sits after it.

        Args:
            vacant: (num_envs,) bool after the decision; None: all are there.
        """
        idle = either(vacant, self.empty_seats)
        self.empty_seats = vacant
        if idle is not None:
            self.episode_returns[idle] = 0.0
            self.episode_lengths[idle] = 0
