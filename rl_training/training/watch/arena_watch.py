"""What the first copy of a scene earns, against the others in the same world.

A script that uses coordinates of the world where those of its copy are meant is right in the first
copy, which lies at the origin, and wrong in all others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.training.party.lockstep import GroupsView


@dataclass
class _Moments:
    """Running mean and squared deviations (Welford 1962)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self.squares += step * (value - self.mean)

    @property
    def error(self) -> float:
        """Variance of the mean."""
        return self.squares / max(1, self.count - 1) / max(1, self.count)


class ArenaWatch:
    """Compares episodes of first copies with those of the others.

    Args:
        first: (n_agents,) bool, True for agents of a first copy; None: nothing to compare.
    """

    def __init__(self, first: NDArray[np.bool_] | None) -> None:
        self._first = first
        self._groups = {True: _Moments(), False: _Moments()}

    @classmethod
    def of(cls, env: VecEnv) -> ArenaWatch:
        """Watch an environment; one whose copies do not share a world is not watched."""
        return cls(_first_copies(env.unwrapped))

    def add(self, agent: int, episode_return: float) -> None:
        """Take in an episode that ended."""
        if self._first is not None:
            self._groups[bool(self._first[agent])].add(episode_return)

    def scalars(self) -> dict[str, float]:
        """Return what is logged; empty when there is nothing to compare."""
        first, others = self._groups[True], self._groups[False]
        if first.count < 2 or others.count < 2:
            return {}
        error = math.sqrt(first.error + others.error)
        gap = first.mean - others.mean
        # Equal returns on both sides have no error, and no gap either.
        z = gap / error if error > 0.0 else math.copysign(1e3, gap) * (gap != 0.0)
        return {
            "arena_first": first.mean,
            "arena_others": others.mean,
            "arena_episodes": float(first.count),
            "arena_z": z,
        }


def _first_copies(env: Any) -> NDArray[np.bool_] | None:
    if isinstance(env, GroupsView):
        return _first_of_groups(env)
    if not isinstance(env, EngineVecEnv):
        return None
    info = env.env_info.harness
    if info is None or info.arenas < 2 or env.settings.isolation != "shared":
        return None
    per_engine = env.num_envs // env.settings.num_envs
    per_arena = per_engine // info.arenas
    found: NDArray[np.bool_] = np.arange(env.num_envs) % max(1, per_engine) < per_arena
    return found


def _first_of_groups(view: GroupsView) -> NDArray[np.bool_] | None:
    env = view.base
    if not isinstance(env, EngineVecEnv):
        return None
    info = env.env_info.harness
    if info is None or info.arenas < 2 or env.settings.isolation != "shared":
        return None
    arenas = np.array([arena for group in view.groups for arena in group.arenas])
    found: NDArray[np.bool_] = arenas % info.arenas == 0
    return found
