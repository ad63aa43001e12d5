"""Keeps the rows of empty seats out of what a learner learns from.

Called by `collection`. A row whose agent has left, or waits for the others of its arena, brings
zeros and actions that reach nobody: it must not enter the advantages' mean, a loss or a batch.
While everybody is there nothing here costs anything and the random numbers are SB3's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sb3_contrib.common.recurrent.buffers import RecurrentDictRolloutBuffer, RecurrentRolloutBuffer
from stable_baselines3.common.buffers import ReplayBuffer, RolloutBuffer
from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.seats import Flags, innermost, vacant_seats

LEAST_BATCH = 2
"""Rows below which a batch has no standard deviation."""


class VacancyLog:
    """Which seats were empty at each decision of a rollout.

    Args:
        env: that is learned on.
        before: (num_envs,) bool, True where nobody acted in the decision before; None: nowhere.
    """

    def __init__(self, env: VecEnv, before: Flags | None = None) -> None:
        self._before = before
        self._env = env
        self._seats = innermost(env)
        self._noted: list[Flags | None] = []

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Note every decision of the block."""
        if not hasattr(self._seats, "vacant"):
            yield
            return
        step: Callable[[Any], Any] = self._env.step

        def noted(actions: Any) -> Any:
            # Who is not there before the decision does not act in it.
            self._noted.append(vacant_seats(self._seats))
            return step(actions)

        self._env.step = noted  # type: ignore[method-assign]
        try:
            yield
        finally:
            del self._env.step

    @property
    def newest(self) -> Flags | None:
        """(num_envs,) bool, True where nobody acted in the last decision; None: nowhere."""
        return self._noted[-1] if self._noted else self._before

    def joined(self) -> Flags | None:
        """Return (num_envs,) bool, True where a seat was taken after the last decision; or None."""
        before = self.newest
        if before is None:
            return None
        now = vacant_seats(self._seats)
        return before if now is None else before & ~now

    def vacant(self) -> NDArray[np.bool_] | None:
        """Return (decisions, num_envs) bool, True where nobody acted; None: nowhere."""
        if all(flags is None for flags in self._noted):
            return None
        none = np.zeros(self._env.num_envs, np.bool_)
        return np.stack([none if flags is None else flags for flags in self._noted])


@contextlib.contextmanager
def without_empty_seats(buffer: RolloutBuffer, vacant: NDArray[np.bool_]) -> Iterator[None]:
    """Let a rollout buffer give only the rows in which somebody acted, for the time of the block.

    Args:
        buffer: full.
        vacant: (decisions, num_envs) bool, True where nobody acted.
    """
    # As `swap_and_flatten` orders the buffer: one row after the other.
    present = ~vacant.swapaxes(0, 1).reshape(-1)
    if isinstance(buffer, (RecurrentRolloutBuffer, RecurrentDictRolloutBuffer)):
        changed = _masked_sequences(buffer, present)
    else:
        changed = {"get": _present_rows(buffer, np.flatnonzero(present))}
    for name, method in changed.items():
        setattr(buffer, name, method)
    try:
        yield
    finally:
        for name in changed:
            delattr(buffer, name)


class TakenSeats:
    """A replay buffer's `add` in which the rows of empty seats hold transitions of taken ones.

    SB3's replay buffers have one column a seat and sample all alike, so a row cannot be left out.
    An empty seat's row gets a copy of one that is drawn from those in which somebody acted.

    Args:
        buffer: what is filled.
        vacant: (num_envs,) bool, True where nobody acted.
    """

    def __init__(self, buffer: ReplayBuffer, vacant: Flags) -> None:
        self._buffer = buffer
        self._vacant = vacant

    def add(self, obs: Any, next_obs: Any, action: Any, reward: Any, done: Any, infos: Any) -> None:
        """See `ReplayBuffer.add`; where everybody is away nothing is stored."""
        taken = np.flatnonzero(~self._vacant)
        if not len(taken):
            return
        rows = np.arange(len(self._vacant))
        rows[self._vacant] = np.random.choice(taken, int(self._vacant.sum()))
        self._buffer.add(
            _rows_of(obs, rows),
            _rows_of(next_obs, rows),
            action[rows],
            reward[rows],
            done[rows],
            [infos[row] for row in rows],
        )


def _rows_of(obs: Any, rows: NDArray[np.intp]) -> Any:
    if isinstance(obs, dict):
        return {key: each[rows] for key, each in obs.items()}
    return obs[rows]


def _present_rows(buffer: Any, rows: NDArray[np.intp]) -> Callable[..., Iterator[Any]]:
    def get(batch_size: int | None = None) -> Iterator[Any]:
        if not buffer.generator_ready:
            # SB3 brings its arrays into their order when it is asked for a batch.
            next(type(buffer).get(buffer, 1))
        batches = 1 if batch_size is None else max(1, round(len(rows) / batch_size))
        for batch in np.array_split(np.random.permutation(rows), batches):
            yield buffer._get_samples(batch)

    return get


def _masked_sequences(buffer: Any, present: NDArray[np.bool_]) -> dict[str, Callable[..., Any]]:
    """Sequences stay whole; the mask that hides their padding hides empty seats too."""
    samples, batches = buffer._get_samples, buffer.get

    def get_samples(batch_inds: NDArray[np.intp], env_change: Any, env: Any = None) -> Any:
        found = samples(batch_inds, env_change, env)
        shown = present[batch_inds].astype(np.float32)
        return found._replace(mask=found.mask * buffer.pad_and_flatten(shown))

    def get(batch_size: int | None = None) -> Iterator[Any]:
        for found in batches(batch_size):
            if int((found.mask > 0.0).sum()) >= LEAST_BATCH:
                yield found

    return {"_get_samples": get_samples, "get": get}
