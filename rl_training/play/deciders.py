"""Who decides for the agents of an environment: one policy for all rows, or one for each group.

`through_python.play` steps a `Decider` and counts episodes; it does not see which kind it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.groups import GroupEnv
from rl_training.play.policies import Policy

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Moved:
    """What one decision brought, row by row.

    Attributes:
        rewards: (n,) floats.
        dones: (n,) bool; an episode ended.
        truncated: (n,) bool; its time was over, the scene did not end it.
        infos: n dictionaries.
        present: (n,) bool; False where a seat has no agent after this decision.
    """

    rewards: NDArray[Any]
    dones: Flags
    truncated: Flags
    infos: list[dict[str, Any]]
    present: Flags


class Decider(Protocol):
    """Resets the environment and steps it by its policies' actions."""

    def reset(self) -> Flags:
        """Begin new episodes; return who is there, (n,) bool."""
        ...

    def step(self) -> Moved:
        """Let all decide and return what came of it."""
        ...


class OnePolicy:
    """One policy decides for all rows in one batch."""

    def __init__(self, env: VecEnv, policy: Policy) -> None:
        self._env = env
        self._policy = policy
        self._obs: Any = None
        self._starts: Flags = np.ones(env.num_envs, dtype=np.bool_)

    def reset(self) -> Flags:
        """See `Decider`."""
        self._obs = self._env.reset()
        self._starts = np.ones(self._env.num_envs, dtype=np.bool_)
        return np.ones(self._env.num_envs, dtype=np.bool_)

    def step(self) -> Moved:
        """See `Decider`."""
        self._policy.begin(self._starts)
        self._obs, rewards, dones, infos = self._env.step(self._policy.act(self._obs))
        self._starts = dones
        truncated = [bool(info.get("TimeLimit.truncated", False)) for info in infos]
        present = ["absent" not in info for info in infos]
        return Moved(rewards, dones, np.array(truncated), list(infos), np.array(present))


class PolicyOfEachGroup:
    """A policy decides for each group; the game's own control for those that have none."""

    def __init__(self, env: GroupEnv, policies: Mapping[str, Policy | None]) -> None:
        """Take an environment and its policies.

        Args:
            env: whose groups are played.
            policies: of every group; None: the game's own control, from the next reset on.
        """
        self._env = env
        self._policies = {name: each for name, each in policies.items() if each is not None}
        self._rows = {name: np.array(group.agents) for name, group in env.groups.items()}
        self._total = sum(len(rows) for rows in self._rows.values())
        self._obs: dict[str, Any] = {}
        self._starts: dict[str, Flags] = {}
        for name in policies.keys() - self._policies.keys():
            env.set_control(name, "game")

    def reset(self) -> Flags:
        """See `Decider`."""
        present = np.ones(self._total, dtype=np.bool_)
        for name, one in self._env.reset_groups().items():
            self._obs[name] = one.obs
            self._starts[name] = np.ones(len(self._rows[name]), dtype=np.bool_)
            present[self._rows[name]] = one.present
        return present

    def step(self) -> Moved:
        """See `Decider`."""
        actions = {}
        for name, policy in self._policies.items():
            policy.begin(self._starts[name])
            actions[name] = policy.act(self._obs[name])
        found = self._env.step_groups(actions)
        moved = Moved(
            rewards=np.zeros(self._total, dtype=np.float32),
            dones=np.zeros(self._total, dtype=np.bool_),
            truncated=np.zeros(self._total, dtype=np.bool_),
            infos=[{} for _ in range(self._total)],
            present=np.ones(self._total, dtype=np.bool_),
        )
        for name, one in found.items():
            rows = self._rows[name]
            moved.rewards[rows] = one.rewards
            moved.dones[rows] = one.dones
            moved.truncated[rows] = one.truncated & ~one.terminated
            moved.present[rows] = one.present
            for row, info in zip(rows.tolist(), one.infos, strict=True):
                moved.infos[row] = info
            self._obs[name] = one.obs
            # What a policy remembers of an empty seat is nobody's.
            self._starts[name] = one.dones | one.joined | ~one.present
        return moved
