"""Which rows and columns of an environment's groups belong to which arena.

Made by `World`. It joins what the agents of one arena observe into one vector, and splits one
vector of actions into theirs.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.envs.groups import AgentGroup

_IMAGE_SIDE = 6  # an image counts as so many average colours a side


@dataclass(frozen=True)
class Seat:
    """One agent of an arena.

    Attributes:
        group: its group's name.
        row: its row in the group.
        env_row: its row in the environment.
        columns: of the arena's vector of actions.
        space: of its actions.
    """

    group: str
    row: int
    env_row: int
    columns: slice
    space: gym.Space[Any]


class Spans:
    """The agents of every arena.

    Args:
        groups: of the environment.

    Attributes:
        seats: of each arena, its agents, group by group.
        width: numbers of one arena's action.
    """

    def __init__(self, groups: Mapping[str, AgentGroup]) -> None:
        arenas = max((max(group.arenas) for group in groups.values()), default=-1) + 1
        self.seats: list[list[Seat]] = [[] for _ in range(arenas)]
        self._columns = {name: _columns_of(group.action_space) for name, group in groups.items()}
        self._sizes = {name: len(group.agents) for name, group in groups.items()}
        self._whole = {name: _is_whole(group.action_space) for name, group in groups.items()}
        widths = [0] * arenas
        for name, group in groups.items():
            for row, (arena, env_row) in enumerate(zip(group.arenas, group.agents, strict=True)):
                first = widths[arena]
                widths[arena] = first + self._columns[name]
                columns = slice(first, widths[arena])
                self.seats[arena].append(Seat(name, row, env_row, columns, group.action_space))
        self.width = max(widths, default=0)

    def split(self, actions: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
        """Return what each group is given, of (arenas, width) actions."""
        given: dict[str, NDArray[Any]] = {}
        for name, size in self._sizes.items():
            dtype = np.int64 if self._whole[name] else np.float32
            given[name] = np.zeros((size, self._columns[name]), dtype)
        for arena, seats in enumerate(self.seats):
            for seat in seats:
                given[seat.group][seat.row] = actions[arena, seat.columns]
        return given

    def join(self, actions: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Return the (arenas, width) actions that groups were given; zeros for groups left out."""
        joined = np.zeros((len(self.seats), self.width))
        for arena, seats in enumerate(self.seats):
            for seat in seats:
                if seat.group in actions:
                    joined[arena, seat.columns] = np.ravel(actions[seat.group][seat.row])
        return joined


def seen(obs: Mapping[str, NDArray[Any]], row: int | None) -> tuple[NDArray[np.float32], bytes]:
    """Return one agent's observation as floats, and all of it as bytes.

    Args:
        obs: key to (n, ...) array; with no row, to one agent's own.
        row: of the agent.
    """
    parts: list[NDArray[np.float32]] = []
    whole: list[bytes] = []
    for key in sorted(obs):
        value = np.asarray(obs[key] if row is None else obs[key][row])
        if value.dtype == np.uint8 and value.ndim >= 2:
            whole.append(value.tobytes())
            parts.append(_averages(value))
        else:
            flat = np.ravel(value).astype(np.float32) + np.float32(0.0)  # no negative zero
            whole.append(flat.tobytes())
            parts.append(flat)
    joined = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return joined, b"".join(whole)


def digest(parts: list[bytes]) -> int:
    """Return the CRC-32 of what the agents of an arena observe."""
    found = 0
    for part in parts:
        found = zlib.crc32(part, found)
    return found


def _averages(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the average brightness of `_IMAGE_SIDE` x `_IMAGE_SIDE` parts, in [0, 1]."""
    axis = int(np.argmin(image.shape)) if image.ndim == 3 else -1
    grey = image.astype(np.float32) if axis < 0 else image.mean(axis=axis, dtype=np.float32)
    rows = np.array_split(grey, min(_IMAGE_SIDE, grey.shape[0]), axis=0)
    blocks = [np.array_split(row, min(_IMAGE_SIDE, row.shape[1]), axis=1) for row in rows]
    return np.array([block.mean() / 255.0 for row in blocks for block in row], np.float32)


def _columns_of(space: gym.Space[Any]) -> int:
    return int(np.size(space.sample()))


def _is_whole(space: gym.Space[Any]) -> bool:
    return space.dtype is not None and np.issubdtype(space.dtype, np.integer)
