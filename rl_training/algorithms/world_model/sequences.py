"""Sequences to learn from: a ring of rows for each agent, filled live or from trajectories.

A row is an observation with what led to it: the action before, its reward, whether the episode goes
on after it, and whether it is an episode's first. Sequences may run over an episode's end; the
model begins anew at `is_first`. Nothing here imports torchrl.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rl_training.algorithms.world_model.layout import Layout
from rl_training.data.trajectory import Trajectory
from rl_training.errors import DataError, ModelError
from rl_training.runs.atomic import atomic_path

Array = NDArray[Any]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class SequenceBatch:
    """What a world model learns from.

    Attributes:
        observations: key to (B, L, *stored) float32; pictures in [0, 1].
        actions: (B, L, size) float32; the one that led to the observation, 0 at `is_first`.
        rewards: (B, L) float32.
        continues: (B, L) float32; 0 where the scene ended the episode with the observation.
        is_first: (B, L) float32; 1 where an episode begins, and at each sequence's start.
    """

    observations: dict[str, torch.Tensor]
    actions: torch.Tensor
    rewards: torch.Tensor
    continues: torch.Tensor
    is_first: torch.Tensor


class SequenceReplay:
    """Rows of several agents, the oldest replaced first.

    Args:
        layout: of the rows.
        capacity: rows of each agent.
        agents: how many.
    """

    def __init__(self, layout: Layout, capacity: int, agents: int = 1) -> None:
        self.layout = layout
        self.capacity = capacity
        self._arrays: dict[str, Array] = {
            "actions": np.zeros((agents, capacity, layout.acted.size), np.float32),
            "rewards": np.zeros((agents, capacity), np.float32),
            "continues": np.ones((agents, capacity), np.float32),
            "is_first": np.zeros((agents, capacity), np.float32),
        }
        for one in layout.seen:
            dtype = np.uint8 if one.image else np.float32
            self._arrays[f"obs/{one.key}"] = np.zeros((agents, capacity, *one.stored), dtype)
        # Rows that each agent has ever added.
        self._added = np.zeros(agents, np.int64)

    def __len__(self) -> int:
        return int(np.minimum(self._added, self.capacity).sum())

    def add(
        self,
        obs: Mapping[str, Array],
        actions: Array,
        rewards: Array,
        continues: Array,
        is_first: Array,
        agents: Array,
    ) -> None:
        """Add one row for each of some agents.

        Args:
            obs: key to (k, *stored), of those agents.
            actions: (k, size).
            rewards: (k,).
            continues: (k,).
            is_first: (k,).
            agents: (k,) their numbers, each once.
        """
        at = self._added[agents] % self.capacity
        arrays = self._arrays
        for key, rows in obs.items():
            arrays[f"obs/{key}"][agents, at] = rows
        arrays["actions"][agents, at] = actions
        arrays["rewards"][agents, at] = rewards
        arrays["continues"][agents, at] = continues
        arrays["is_first"][agents, at] = is_first
        self._added[agents] += 1

    def add_episode(self, one: Trajectory, agent: int) -> int:
        """Add a recorded episode to the rows of an agent; return how many rows it is.

        Args:
            one: of the layout; longer than the capacity it is left out.
            agent: whose rows.
        """
        rows = len(one) + 1
        if rows > self.capacity:
            return 0
        at = (self._added[agent] + np.arange(rows)) % self.capacity
        for name, array in rows_of(one, self.layout).items():
            self._arrays[name][agent, at] = array
        self._added[agent] += rows
        return rows

    def can_sample(self, length: int) -> bool:
        """Whether some agent has a sequence of `length` rows."""
        return bool((np.minimum(self._added, self.capacity) >= length).any())

    def sample(self, batch: int, length: int, random: np.random.Generator) -> SequenceBatch:
        """Draw sequences, each with the same chance.

        Args:
            batch: sequences.
            length: rows of each.
            random: of the draw.

        Raises:
            DataError: there are fewer rows.
        """
        filled = np.minimum(self._added, self.capacity)
        starts = np.maximum(filled - length + 1, 0)
        if not starts.any():
            raise DataError(
                f"sequences of {length} observations need as many; there are {filled.max()}"
            )
        agents = random.choice(len(starts), batch, p=starts / starts.sum())
        first = random.integers(0, starts[agents])
        oldest = np.where(self._added[agents] > self.capacity, self._added[agents], 0)
        rows = (oldest[:, None] + first[:, None] + np.arange(length)) % self.capacity
        found = {name: array[agents[:, None], rows] for name, array in self._arrays.items()}
        # What came before the sequence is not known.
        found["is_first"][:, 0] = 1.0
        return SequenceBatch(
            {one.key: _tensor(found[f"obs/{one.key}"], one.image) for one in self.layout.seen},
            torch.from_numpy(found["actions"] * (1.0 - found["is_first"])[..., None]),
            torch.from_numpy(found["rewards"]),
            torch.from_numpy(found["continues"]),
            torch.from_numpy(found["is_first"]),
        )

    def save(self, path: Path, timesteps: int) -> None:
        """Write the rows to an .npz without pickles, whole or not at all.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """
        used = int(np.minimum(self._added, self.capacity).max(initial=0))
        arrays: dict[str, Any] = {name: array[:, :used] for name, array in self._arrays.items()}
        arrays |= {"added": self._added, "timesteps": np.array(timesteps)}
        with atomic_path(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)

    def load(self, path: Path) -> bool:
        """Take over what `save` wrote; False when there is no file.

        Raises:
            ModelError: the file is damaged, or of another scene or size.
        """
        if not path.is_file():
            return False
        try:
            with np.load(path, allow_pickle=False) as file:
                added = file["added"]
                found = {name: file[name] for name in self._arrays}
            for name, array in self._arrays.items():
                rows = found[name]
                wanted = (array.shape[0], *array.shape[2:])
                if (rows.shape[0], *rows.shape[2:]) != wanted or rows.shape[1] > self.capacity:
                    raise ValueError(f"its {name} is {rows.shape}, expected rows of {wanted}")
            if added.max() > self.capacity > rows.shape[1]:
                raise ValueError("it was a smaller ring")
        except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
            raise ModelError(
                f"the replay {path} cannot be used: {error}; delete it to go on without it"
            ) from error
        for name, array in self._arrays.items():
            array[:, : found[name].shape[1]] = found[name]
        self._added = added
        # What was played since is not there: sequences must not run across the gap.
        return True


def rows_of(one: Trajectory, layout: Layout) -> dict[str, Array]:
    """Return a trajectory as (T + 1) rows: `obs/KEY`, actions, rewards, continues, is_first."""
    steps = len(one)
    found: dict[str, Array] = {
        f"obs/{seen.key}": seen.rows(one.observations[seen.key]) for seen in layout.seen
    }
    found["actions"] = np.zeros((steps + 1, layout.acted.size), np.float32)
    found["actions"][1:] = layout.acted.rows(one.actions)
    found["rewards"] = np.concatenate([[0.0], one.rewards]).astype(np.float32)
    found["continues"] = np.ones(steps + 1, np.float32)
    found["continues"][-1] = 0.0 if one.terminated else 1.0
    found["is_first"] = np.zeros(steps + 1, np.float32)
    found["is_first"][0] = 1.0
    return found


def replay_of(trajectories: Sequence[Trajectory], layout: Layout) -> SequenceReplay:
    """Return a replay that holds trajectories, one after another."""
    rows = sum(len(one) + 1 for one in trajectories)
    replay = SequenceReplay(layout, rows)
    start = 0
    for one in trajectories:
        found = rows_of(one, layout)
        for name, array in found.items():
            replay._arrays[name][0, start : start + len(one) + 1] = array
        start += len(one) + 1
    replay._added[0] = start
    return replay


def batch_of(rows: Sequence[Mapping[str, Array]], layout: Layout) -> SequenceBatch:
    """Return equally long rows of trajectories (`rows_of`, cut) as one batch."""
    stacked = {name: np.stack([one[name] for one in rows]) for name in rows[0]}
    stacked["is_first"][:, 0] = 1.0
    actions = stacked["actions"] * (1.0 - stacked["is_first"])[..., None]
    return SequenceBatch(
        {one.key: _tensor(stacked[f"obs/{one.key}"], one.image) for one in layout.seen},
        torch.from_numpy(actions),
        torch.from_numpy(stacked["rewards"]),
        torch.from_numpy(stacked["continues"]),
        torch.from_numpy(stacked["is_first"]),
    )


def _tensor(values: Array, image: bool) -> torch.Tensor:
    found = torch.from_numpy(values)
    return found.float() / 255.0 if image else found
