"""An environment that counts what its agents find, and may pay them for it.

`finders` puts it round the environment of a training. With `FindRewards` it makes of an agent
that plays a game one that tests it; with `Wanderers` some of its copies go on trying what the agent
has left off; without both, it only counts.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.envs.seats import either, innermost, vacant_seats
from rl_training.studies.bug_count.tally import Tally, cell_in, kinds_in


@dataclass(frozen=True)
class FindRewards:
    """What an agent that tests is paid, beside the scenario's own reward.

    Attributes:
        finding: for a kind of finding in an episode, divided by the root of how many episodes have
            shown that kind: what is known already pays less, so that others are looked for.
        cell: for a cell that the episode enters for the first time, divided by the root of how many
            episodes have entered it (count-based exploration: Bellemare et al., 2016,
            arXiv:1606.01868).
    """

    finding: float = 20.0
    cell: float = 0.5


class Wanderers:
    """Rows that play at random: an action is drawn and held for a while, as `explore` does it.

    A policy that has found something well paid does it again and again. These rows do not. Where
    chance finds less that is new than the agent, as in a menu, they are of no use: after each
    period there are half as many of them if a decision of theirs brought less news than one of the
    agent's, and twice as many if it brought more, at least one and at most as many as at first.

    Args:
        rows: of the environment, at first.
        space: of their actions.
        seed: of the random numbers.
        hold: probability of keeping the last action, in [0, 1).
        period: decisions of all rows between two looks at who finds more; 0: rows never change.

    Attributes:
        rows: that play at random now. One leaves or joins between two episodes of its own.
    """

    def __init__(
        self,
        rows: Sequence[int],
        space: spaces.Space[Any],
        seed: int = 0,
        hold: float = 0.75,
        period: int = 0,
    ) -> None:
        self.rows = tuple(rows)
        self._most = self._wanted = len(self.rows)
        self._period = period
        self._theirs = _Finds()
        self._agents = _Finds()
        self._space = copy.deepcopy(space)
        self._space.seed(seed)
        self._random = np.random.default_rng(seed)
        self._hold = hold
        self._last: dict[int, Any] = {}

    def instead_of(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Return (num_envs, ...) actions with their own in their rows."""
        chosen = np.array(actions)
        for row in self.rows:
            if row not in self._last or self._random.random() >= self._hold:
                self._last[row] = self._space.sample()
            chosen[row] = self._last[row]
        return chosen

    def found(self, news: NDArray[np.float64]) -> None:
        """Note what a decision found.

        Args:
            news: (num_envs,) >= 0, how new it was.
        """
        if not self._period or not self.rows:
            return
        theirs = np.zeros(len(news), np.bool_)
        theirs[list(self.rows)] = True
        self._theirs.add(news[theirs])
        self._agents.add(news[~theirs])
        if self._theirs.decisions + self._agents.decisions >= self._period:
            better = self._theirs.mean > self._agents.mean
            wanted = self._wanted * 2 if better else self._wanted // 2
            self._wanted = min(max(wanted, 1), self._most)
            self._theirs, self._agents = _Finds(), _Finds()

    def forget(self, row: int) -> None:
        """An episode of a row begins."""
        self._last.pop(row, None)
        if row in self.rows and len(self.rows) > self._wanted:
            self.rows = tuple(each for each in self.rows if each != row)
        elif row not in self.rows and len(self.rows) < self._wanted:
            self.rows = (*self.rows, row)


class _Finds:
    """News of some rows, and in how many decisions."""

    def __init__(self) -> None:
        self.decisions = 0
        self._news = 0.0

    def add(self, news: NDArray[np.float64]) -> None:
        """Count one decision of each row."""
        self.decisions += len(news)
        self._news += float(news.sum())

    @property
    def mean(self) -> float:
        return self._news / max(self.decisions, 1)


class PaidEnv(VecEnvWrapper):
    """Counts findings and cells.

    Args:
        venv: whose engines tell cells (`--rl.explore=1`).
        tally: is filled.
        rewards: None: nothing is paid.
        wanderers: rows that play at random. They are counted, and nobody learns from them: learners
            are told that their seats are empty (`envs.seats`). None: there are none.
    """

    def __init__(
        self,
        venv: VecEnv,
        tally: Tally,
        rewards: FindRewards | None = None,
        wanderers: Wanderers | None = None,
    ) -> None:
        super().__init__(venv)
        self._tally = tally
        self._rewards = rewards
        self._wanderers = wanderers or Wanderers((), venv.action_space)
        self._entered: list[set[str]] = [set() for _ in range(venv.num_envs)]
        self._shown: list[set[str]] = [set() for _ in range(venv.num_envs)]
        self._visits: dict[str, int] = {}

    def reset(self) -> Any:
        """See `VecEnv`."""
        for row in range(self.num_envs):
            self._forget(row)
        obs = self.venv.reset()
        self._leave_out()
        return obs

    def step_async(self, actions: NDArray[Any]) -> None:
        """See `VecEnv`."""
        self.venv.step_async(self._wanderers.instead_of(actions))

    def step_wait(self) -> Any:
        """See `VecEnv`; rewards hold what was paid."""
        obs, rewards, dones, infos = self.venv.step_wait()
        self._tally.decisions += self.num_envs
        taken = np.array([self._take(row, info) for row, info in enumerate(infos)])
        self._wanderers.found(taken[:, 1])
        for row in np.flatnonzero(dones):
            self._tally.episodes += 1
            self._forget(int(row))
        self._leave_out()
        return obs, np.asarray(rewards, np.float32) + taken[:, 0].astype(np.float32), dones, infos

    def _take(self, row: int, info: dict[str, Any]) -> tuple[float, float]:
        """Count what a row found; return what is paid for it, and how new it is.

        News are a find's weight divided by how many episodes have had it, not by the root of that:
        what is known well is none.
        """
        found = [kind for kind in kinds_in(info) if kind not in self._shown[row]]
        self._shown[row].update(found)
        self._tally.saw(found)
        seen = [(True, self._tally.with_kind[kind]) for kind in found]
        cell = cell_in(info)
        if cell != "" and cell not in self._entered[row]:
            self._entered[row].add(cell)
            self._tally.cells.add(cell)
            self._visits[cell] = self._visits.get(cell, 0) + 1
            seen.append((False, self._visits[cell]))
        if self._rewards is None:
            return 0.0, 0.0
        paid = news = 0.0
        for is_finding, episodes in seen:
            weight = self._rewards.finding if is_finding else self._rewards.cell
            paid += weight / math.sqrt(episodes)
            news += weight / episodes
        return paid, news

    def _forget(self, row: int) -> None:
        self._entered[row].clear()
        self._shown[row].clear()
        self._wanderers.forget(row)

    def _leave_out(self) -> None:
        if self._wanderers.rows:
            seats: Any = innermost(self.venv)
            flags = np.zeros(self.num_envs, np.bool_)
            flags[list(self._wanderers.rows)] = True
            seats.vacant = either(vacant_seats(seats), flags)
