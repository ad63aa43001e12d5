"""A world of two unlike groups without an engine: chasers and runners on a line, one pair an arena.

Deterministic: everything follows from the seed and the actions. A chaser (two numbers) earns the
share by which the gap closed, a runner (a choice of three) the same with the other sign, so the
returns of an arena sum up to zero. An episode ends when the chaser is there, or after ten
decisions, for both at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.groups import (
    AgentGroup,
    Control,
    GroupReset,
    GroupStep,
    LoadedPolicy,
    ParameterSetting,
)

LIMIT = 10
SPACES: dict[str, tuple[gym.spaces.Dict, gym.Space[Any]]] = {
    "chaser": (
        gym.spaces.Dict({"obs": gym.spaces.Box(-9.0, 9.0, (3,), np.float32)}),
        gym.spaces.Box(-1.0, 1.0, (2,), np.float32),
    ),
    "runner": (
        gym.spaces.Dict({"obs": gym.spaces.Box(-9.0, 9.0, (4,), np.float32)}),
        gym.spaces.MultiDiscrete([3]),
    ),
}


class GroupWorld(VecEnv):
    """The environment, as `GroupEnv` and in part as a `VecEnv`.

    Args:
        arenas: each with one agent of each group.
        names: of the groups; "x" after a name of `SPACES` makes another group alike ("runnerx").
        hook: called with the number of every step before it is done.

    Attributes:
        told: what it was told between decisions, in its order.
        acted: groups that acted in the last decision.
        loaded: group, opponent's name and arenas of each policy that was sent.
        ignored: by group, how many actions of the learners were not taken, since another played.
    """

    def __init__(
        self,
        arenas: int = 4,
        names: Sequence[str] = ("chaser", "runner"),
        hook: Callable[[int], None] | None = None,
    ) -> None:
        torch.set_num_threads(1)
        self.told: list[Any] = []
        self.acted: tuple[str, ...] = ()
        self.closed = 0
        self.steps = 0
        self._names, self._arenas, self._hook = tuple(names), arenas, hook
        self._random = np.random.default_rng(0)
        self._parameters: dict[str, float] = {}
        # Who plays a group in an arena, now and from its next episode on.
        self._players: dict[tuple[str, int], str] = {}
        self._next: dict[tuple[str, int], str] = {}
        self.loaded: list[tuple[str, str, tuple[int, ...]]] = []
        self._queues: dict[int, list[int]] = {}
        self.ignored = dict.fromkeys(names, 0)
        self._levels = [-1] * arenas
        self._gap = np.zeros(arenas)
        self._time = np.zeros(arenas, dtype=np.int64)
        self._returns = np.zeros(arenas)
        self.restarts: list[Any] = []
        self.num_envs = arenas * len(names)

    @property
    def groups(self) -> Mapping[str, AgentGroup]:
        n = self._arenas
        return {
            name: AgentGroup(
                name,
                tuple(range(i * n, i * n + n)),
                *SPACES[name.rstrip("x")],
                arenas=tuple(range(n)),
                paths=(name,) * n,
            )
            for i, name in enumerate(self._names)
        }

    def reset_groups(self) -> dict[str, GroupReset]:
        self.told.append("reset")
        self._begin(np.ones(self._arenas, dtype=np.bool_))
        there = np.ones(self._arenas, dtype=np.bool_)
        return {
            name: GroupReset(self._obs(name), [{} for _ in there], there) for name in self._names
        }

    def step_groups(self, actions: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        self.steps += 1
        if self._hook is not None:
            self._hook(self.steps)
        self.acted = tuple(actions)
        wind = self._parameters.get("wind", 0.0)
        move = np.full(self._arenas, wind)
        for name, chosen in actions.items():
            assert len(chosen) == self._arenas, (name, chosen.shape)
            taken = np.array([(name, arena) not in self._players for arena in range(self._arenas)])
            self.ignored[name] += int((~taken).sum())
            # Who was sent stands still.
            still = 0.0 if name.startswith("chaser") else 1
            chosen = np.where(taken[:, None], chosen.reshape(self._arenas, -1), still)
            if name.startswith("chaser"):
                move -= 0.5 * np.clip(chosen[:, 0], -1, 1) * np.sign(self._gap)
            else:
                move += 0.3 * (chosen[:, 0] - 1) * np.sign(self._gap)
        before = np.abs(self._gap)
        self._gap = np.clip(self._gap + move, -5.0, 5.0)
        self._time += 1
        closed = before - np.abs(self._gap)
        self._returns += closed
        caught = np.abs(self._gap) < 0.3
        late = ~caught & (self._time >= LIMIT)
        over = caught | late
        last = {name: self._obs(name) for name in self._names}
        infos = {name: self._infos(name, last[name], caught, late) for name in self._names}
        self._begin(over)
        there = np.ones(self._arenas, dtype=np.bool_)
        return {
            name: GroupStep(
                obs=self._obs(name),
                rewards=(closed if name.startswith("chaser") else -closed).astype(np.float32),
                terminated=caught.copy(),
                truncated=late.copy(),
                infos=infos[name],
                present=there,
                joined=~there,
            )
            for name in self._names
        }

    def _infos(self, name: str, last: Any, caught: Any, late: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [{} for _ in range(self._arenas)]
        for arena in np.flatnonzero(caught | late).tolist():
            won = bool(caught[arena]) == name.startswith("chaser")
            rows[arena] = {
                "terminal_observation": {key: each[arena] for key, each in last.items()},
                "TimeLimit.truncated": bool(late[arena]),
                "is_success": won,
                "metrics": {"time": float(self._time[arena])},
                "reward_terms": {"closing": float(self._returns[arena])},
            }
            if self._levels[arena] >= 0:
                rows[arena]["level"] = self._levels[arena]
            if self._parameters:
                rows[arena]["parameters"] = dict(self._parameters)
            if (name, arena) in self._players:
                rows[arena]["policy"] = self._players[name, arena]
                continue
            others = {g: p for (g, a), p in self._players.items() if a == arena}
            if others:
                rows[arena]["opponents"] = [
                    {
                        "group": group,
                        "policy": policy,
                        "agent": group,
                        "terminated": bool(caught[arena]),
                        "truncated": bool(late[arena]),
                        "return": 1.0,
                        "decisions": int(self._time[arena]),
                        "info": {"is_success": not won},
                    }
                    for group, policy in others.items()
                ]
        return rows

    def _begin(self, over: NDArray[np.bool_]) -> None:
        for arena in np.flatnonzero(over).tolist():
            for name in self._names:
                if (name, arena) in self._next:
                    self._players[name, arena] = self._next.pop((name, arena))
            queue = self._queues.get(arena)
            self._levels[arena] = queue.pop(0) if queue else -1
            self._gap[arena] = self._random.uniform(1.0, 3.0) * self._random.choice([-1.0, 1.0])
            self._time[arena], self._returns[arena] = 0, 0.0

    def _obs(self, name: str) -> dict[str, NDArray[Any]]:
        size = SPACES[name.rstrip("x")][0]["obs"].shape or (0,)
        obs = np.zeros((self._arenas, size[0]), np.float32)
        obs[:, 0], obs[:, 1] = self._gap, self._time / LIMIT
        obs[:, 2] = np.sign(self._gap)
        return {"obs": obs}

    def set_parameters(
        self, values: Mapping[str, ParameterSetting], arenas: Sequence[int] | None = None
    ) -> None:
        self.told.append(("parameters", dict(values)))
        numbers = {name: value for name, value in values.items() if isinstance(value, (int, float))}
        self._parameters |= numbers

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        self.told.append(("levels", {arena: list(given) for arena, given in levels.items()}))
        self._queues |= {arena: list(given) for arena, given in levels.items()}

    def load_policy(
        self,
        group: str,
        onnx: bytes,
        arenas: Sequence[int] | None = None,
        *,
        name: str = "",
        actions: str = "auto",
    ) -> LoadedPolicy:
        self.told.append(("load", group, len(onnx), name, actions))
        concerned = tuple(range(self._arenas) if arenas is None else arenas)
        self.loaded.append((group, name, concerned))
        self._next |= {(group, arena): name for arena in concerned}
        return LoadedPolicy("0" * 64, "deterministic" if actions == "auto" else actions, "")

    def set_control(
        self, group: str, control: Control, arenas: Sequence[int] | None = None
    ) -> None:
        self.told.append(("control", group, control))

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        self.told.append(("seed", seed))
        self._random = np.random.default_rng(seed)
        return [seed] * self.num_envs

    def close(self) -> None:
        self.closed += 1

    def env_method(self, method_name: str, *method_args: Any, **kwargs: Any) -> list[Any]:
        # What an evaluation asks: the agents' numbers, arena by arena.
        count = len(self._names)
        return [arena * count + i for i in range(count) for arena in range(self._arenas)]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        if attr_name == "render_mode":
            return [None] * self.num_envs
        raise AttributeError(attr_name)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError(attr_name)

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def reset(self) -> Any:
        raise AssertionError("unlike groups have no flat reset")

    def step_async(self, actions: Any) -> None:
        raise AssertionError("unlike groups have no flat step")

    def step_wait(self) -> Any:
        raise AssertionError("unlike groups have no flat step")
