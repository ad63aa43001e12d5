"""An arena of two groups without an engine: agents die, wait for the others, and are replaced.

It has what `GroupParallelEnv` needs of a `GodotVecEnv`. Each life's length follows from the seed,
the episode and the seat, so that everything can be told beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.envs.groups import (
    AgentGroup,
    Control,
    GroupReset,
    GroupStep,
    LoadedPolicy,
    ParameterSetting,
)

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)
CHASER, RUNNER = "chaser", "runner"


def arena_groups(arenas: tuple[int, ...] = (0, 0)) -> dict[str, AgentGroup]:
    """Two chasers that steer, one runner that chooses and observes two things."""
    return {
        CHASER: AgentGroup(
            name=CHASER,
            agents=(0, 1),
            observation_space=spaces.Dict({"obs": VECTOR}),
            action_space=spaces.Box(-1.0, 1.0, (2,), np.float32),
            arenas=arenas,
            paths=("A", "B"),
        ),
        RUNNER: AgentGroup(
            name=RUNNER,
            agents=(2,),
            observation_space=spaces.Dict(
                {"eyes": VECTOR, "ears": spaces.Box(-1.0, 1.0, (1,), np.float32)}
            ),
            action_space=spaces.MultiDiscrete([3]),
            arenas=(arenas[0],),
            paths=("C",),
        ),
    }


class FakeArena:
    """See above.

    Args:
        joins: an agent takes the seat of the first chaser two decisions after it died, once an
            episode.
        waits: those that died are absent until all have ("last"); else they play on ("each").
        empty: seats of chasers that are empty when an episode begins.
        arenas: of the chasers.
    """

    def __init__(
        self,
        joins: bool = False,
        waits: bool = True,
        empty: Sequence[int] = (),
        arenas: tuple[int, ...] = (0, 0),
    ) -> None:
        self.groups = arena_groups(arenas)
        self.resets = 0
        self.closed = 0
        self.parameters: dict[str, ParameterSetting] = {}
        self.levels: dict[int, list[int]] = {}
        self.actions: list[Mapping[str, NDArray[Any]]] = []
        self._joins, self._waits, self._empty = joins, waits, empty
        self._seed, self._wanted, self._episode = 0, 0, -1
        self._left: list[int] = []
        self._age = 0
        self._comes_in = -1

    def lives(self, seed: int, episode: int) -> list[int]:
        """Decisions that the agent of each row lives."""
        return [3 + (seed * 7 + episode * 3 + row * 2) % 5 for row in range(3)]

    def seed(self, seed: int | None = None) -> None:
        self._wanted = seed or 0
        self._episode = -1

    def close(self) -> None:
        self.closed += 1

    def set_parameters(
        self, values: Mapping[str, ParameterSetting], arenas: Sequence[int] | None = None
    ) -> None:
        self.parameters |= values

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        self.levels |= {arena: list(given) for arena, given in levels.items()}

    def load_policy(
        self,
        group: str,
        onnx: bytes,
        arenas: Sequence[int] | None = None,
        *,
        name: str = "",
        actions: str = "auto",
    ) -> LoadedPolicy:
        return LoadedPolicy("", actions, "")

    def set_control(
        self, group: str, control: Control, arenas: Sequence[int] | None = None
    ) -> None:
        pass

    def reset_groups(self) -> dict[str, GroupReset]:
        self.resets += 1
        self._seed = self._wanted
        self._begin()
        return {
            name: GroupReset(self._obs(name), [{"first": True}] * len(rows), self._present(rows))
            for name, rows in self._rows().items()
        }

    def step_groups(self, actions: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        self.actions.append(actions)
        self._age += 1
        living = [left > 0 for left in self._left]
        self._left = [left - 1 for left in self._left]
        ended = [was and left == 0 for was, left in zip(living, self._left, strict=True)]
        joined = [False] * 3
        if ended[0] and self._joins and self._comes_in < 0:
            self._comes_in = 2
        elif self._comes_in > 0:
            self._comes_in -= 1
            if self._comes_in == 0 and any(left > 0 for left in self._left):
                self._left[0], joined[0] = 3, True
        last = {name: self._obs(name) for name in self.groups}
        if all(left <= 0 for left in self._left):
            self._begin()
        elif not self._waits:
            for row in range(3):
                self._left[row] = self._left[row] if self._left[row] > 0 else 100
        return {
            name: self._step(name, rows, ended, joined, last[name])
            for name, rows in self._rows().items()
        }

    def _step(
        self,
        name: str,
        rows: list[int],
        ended: list[bool],
        joined: list[bool],
        last: dict[str, NDArray[Any]],
    ) -> GroupStep:
        ends = np.array([ended[row] for row in rows])
        by_time = np.array([row == 1 for row in rows])
        infos: list[dict[str, Any]] = []
        for i, row in enumerate(rows):
            infos.append({"TimeLimit.truncated": bool(ends[i] and by_time[i])})
            if ends[i]:
                infos[i]["terminal_observation"] = {k: array[i] for k, array in last.items()}
                infos[i]["row"] = row
        return GroupStep(
            obs=self._obs(name),
            rewards=np.full(len(rows), 0.5, np.float32),
            terminated=ends & ~by_time,
            truncated=ends & by_time,
            infos=infos,
            present=self._present(rows),
            joined=np.array([joined[row] for row in rows]),
        )

    def _begin(self) -> None:
        self._episode += 1
        self._age = 0
        self._comes_in = -1
        self._left = self.lives(self._seed, self._episode)
        for row in self._empty:
            self._left[row] = 0

    def _rows(self) -> dict[str, list[int]]:
        return {name: list(group.agents) for name, group in self.groups.items()}

    def _present(self, rows: list[int]) -> NDArray[np.bool_]:
        return np.array([self._left[row] > 0 for row in rows])

    def _obs(self, name: str) -> dict[str, NDArray[Any]]:
        """Episode and age, as small numbers, and the row."""
        found = {}
        for key, space in self.groups[name].observation_space.spaces.items():
            rows = []
            for row in self.groups[name].agents:
                values = [self._episode / 100, self._age / 100, row / 100]
                rows.append(values[: space.shape[0] if space.shape else 0])
            found[key] = np.array(rows, np.float32)
        return found
