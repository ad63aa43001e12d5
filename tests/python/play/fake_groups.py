"""Two unlike groups without an engine: what `envs.groups.GroupEnv` promises, in a few lines.

Every arena holds a chaser (a choice of three) and two runners (two numbers). Rows stand group by
group; the engine numbers agents arena by arena: chaser, runner, runner, chaser, ... An episode of
agent number g takes 2 + (its number in the run) % 5 decisions, or `lengths[g]` if they are given;
each decision is worth that number to a runner and as much less to a chaser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from rl_training.envs.groups import (
    AgentGroup,
    Control,
    GroupReset,
    GroupStep,
    LoadedPolicy,
    ParameterSetting,
)

SPACES: dict[str, tuple[gym.spaces.Dict, gym.Space[Any]]] = {
    "chaser": (
        gym.spaces.Dict({"obs": gym.spaces.Box(-1.0, 1.0, (3,), np.float32)}),
        gym.spaces.MultiDiscrete([3]),
    ),
    "runner": (
        gym.spaces.Dict({"obs": gym.spaces.Box(-1.0, 1.0, (5,), np.float32)}),
        gym.spaces.Box(-1.0, 1.0, (2,), np.float32),
    ),
}
IN_ARENA = ("chaser", "runner", "runner")


class View(gym.Env[Any, Any]):
    """One agent of a group, for its spaces only."""

    def __init__(self, group: str) -> None:
        self.observation_space, self.action_space = SPACES[group]


def view(group: str) -> VecEnv:
    """Return an environment with a group's spaces."""
    return DummyVecEnv([lambda: View(group)])


class FakeGroups:
    """The environment.

    Attributes:
        deserted: all agents leave at the next decision.
        told: what it was told between decisions, in its order.
        actions: what the groups did in the last decision.
    """

    def __init__(self, arenas: int = 2, lengths: Sequence[int] = (), waits: bool = False) -> None:
        self.num_envs = 3 * arenas
        self.told: list[Any] = []
        self.actions: dict[str, NDArray[Any]] = {}
        self.controls: dict[str, Control] = {}
        self.deserted = False
        # Rows of agents that came later: what the engine says of their number.
        self.guests: dict[int, int | None] = {}
        self._lengths = lengths
        self._waits = waits
        self._arenas = arenas
        # Row by row, group by group: the agent's number.
        chasers = [3 * arena for arena in range(arenas)]
        runners = [3 * arena + i for arena in range(arenas) for i in (1, 2)]
        self._numbers = np.array([*chasers, *runners])
        self._rows = {"chaser": range(arenas), "runner": range(arenas, 3 * arenas)}
        self._count = np.zeros(self.num_envs, dtype=np.int64)
        self._steps = np.zeros(self.num_envs, dtype=np.int64)
        self._there = np.ones(self.num_envs, dtype=np.bool_)

    @property
    def groups(self) -> Mapping[str, AgentGroup]:
        return {
            name: AgentGroup(
                name,
                tuple(rows),
                *SPACES[name],
                arenas=tuple(int(self._numbers[row]) // 3 for row in rows),
                paths=tuple(f"{name}{self._numbers[row] % 3}" for row in rows),
            )
            for name, rows in self._rows.items()
        }

    def group(self, name: str) -> VecEnv:
        return view(name)

    def env_method(self, method: str, *arguments: Any) -> list[Any]:
        assert (method, arguments) == ("get_indexed", ("rl_episode:agent_index",))
        return [self.guests.get(row, number) for row, number in enumerate(self._numbers.tolist())]

    def seed(self, seed: int | None = None) -> None:
        self.told.append(("seed", seed))

    def close(self) -> None:
        self.told.append(("close",))

    def set_control(
        self, group: str, control: Control, arenas: Sequence[int] | None = None
    ) -> None:
        self.told.append(("control", group, control))
        self.controls[group] = control

    def set_parameters(
        self, values: Mapping[str, ParameterSetting], arenas: Sequence[int] | None = None
    ) -> None:
        self.told.append(("parameters", dict(values)))

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        self.told.append(("levels", {arena: list(given) for arena, given in levels.items()}))

    def load_policy(
        self,
        group: str,
        onnx: bytes,
        arenas: Sequence[int] | None = None,
        *,
        name: str = "",
        actions: str = "auto",
    ) -> LoadedPolicy:
        raise NotImplementedError

    def reset_groups(self) -> dict[str, GroupReset]:
        self.told.append(("reset",))
        self._count[:], self._steps[:], self._there[:] = 0, 0, True
        return {
            name: GroupReset(
                self._obs(name), [{} for _ in rows], np.ones(len(rows), dtype=np.bool_)
            )
            for name, rows in self._rows.items()
        }

    def step_groups(self, actions: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        self.actions = dict(actions)
        numbers = self._count * self.num_envs + self._numbers
        played = self._there.copy()
        self._steps += played
        lengths = 2 + numbers % 5
        if self._lengths:
            lengths = np.array(self._lengths)[self._numbers]
        over = played & (self._steps >= lengths)
        self._count += over
        self._steps[over] = 0
        if self._waits:
            self._there &= ~over
            for arena in range(self._arenas):
                own = np.flatnonzero(self._numbers // 3 == arena)
                if not self._there[own].any():
                    self._there[own] = True
        if self.deserted:
            self._there[:] = False
        return {name: self._told_of(name, numbers, over, played) for name in self._rows}

    def _told_of(self, name: str, numbers: Any, over: Any, played: Any) -> GroupStep:
        rows = np.array(self._rows[name])
        sign = -1.0 if name == "chaser" else 1.0
        truncated = over[rows] & (numbers[rows] % 3 == 0)
        infos = [
            {
                "is_success": bool(number % 2) == (name == "runner"),
                "metrics": {"number": float(number)},
                "TimeLimit.truncated": bool(cut),
            }
            if done
            else {}
            for number, done, cut in zip(numbers[rows], over[rows], truncated, strict=True)
        ]
        return GroupStep(
            obs=self._obs(name),
            rewards=np.where(played[rows], sign * numbers[rows], 99.0).astype(np.float32),
            terminated=over[rows] & ~truncated,
            truncated=truncated,
            infos=infos,
            present=self._there[rows].copy(),
            joined=np.zeros(len(rows), dtype=np.bool_),
        )

    def _obs(self, name: str) -> dict[str, NDArray[Any]]:
        space: Any = SPACES[name][0]["obs"]
        return {"obs": np.full((len(self._rows[name]), *space.shape), 0.5, np.float32)}
