"""An environment that pays its agents for what they find, and counts it.

The pipeline puts it round the environment of a run with `finds.find_bugs`: with that, an agent that
plays a game becomes one that tests it.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rl_training.config.finds import FindSettings
from rl_training.envs.seats import either, innermost, vacant_seats
from rl_training.training.finds.cells import Cells
from rl_training.training.finds.tally import Tally, findings_in
from rl_training.training.finds.wanderers import Wanderers

logger = logging.getLogger(__name__)


class PaidEnv(VecEnvWrapper):
    """Pays for findings and cells, and counts them.

    Rows of `wanderers` are counted and paid like all, and nobody learns from them: learners are
    told that their seats are empty (`envs.seats`).

    Args:
        venv: whose engines tell cells (`EXPLORE_ARGS` of `envs.settings`).
        given: what is paid, and who wanders.
        seed: of the actions of those that wander.
        engine_rows: rows of an engine, at least 1: what several of them tell in the same decision
            is taken for the engine's, and paid to each in part; None: all rows are of one.

    Attributes:
        tally: the counts.
        wanderers: rows that play at random.
    """

    def __init__(
        self, venv: VecEnv, given: FindSettings, seed: int = 0, engine_rows: int | None = None
    ) -> None:
        super().__init__(venv)
        self.tally = Tally()
        self._given = given
        self._engine_rows = engine_rows or venv.num_envs
        wandering = round(given.wandering * venv.num_envs)
        rows = range(venv.num_envs - wandering, venv.num_envs)
        period = given.wandering_period
        self.wanderers = Wanderers(rows, venv.action_space, seed, period=period)
        self._cells = Cells()
        self._entered: list[set[str]] = [set() for _ in range(venv.num_envs)]
        self._shown: list[set[str]] = [set() for _ in range(venv.num_envs)]

    def reset(self) -> Any:
        """See `VecEnv`."""
        for row in range(self.num_envs):
            self._forget(row)
        obs = self.venv.reset()
        self._leave_out()
        return obs

    def state(self) -> dict[str, Any]:
        """Return what a resumed run takes over, of plain JSON types."""
        return self.tally.to_dict() | {"cell_side": self._cells.side}

    def restore(self, told: Mapping[str, Any]) -> None:
        """Take over what `state` told; what is missing there is left alone."""
        self.tally.restore(told)
        self._cells.side = told.get("cell_side", self._cells.side)

    def step_async(self, actions: NDArray[Any]) -> None:
        """See `VecEnv`."""
        self.venv.step_async(self.wanderers.instead_of(actions))

    def step_wait(self) -> Any:
        """See `VecEnv`; rewards hold what was paid."""
        obs, rewards, dones, infos = self.venv.step_wait()
        self.tally.decisions += self.num_envs
        taken = self._take(infos)
        self.wanderers.found(taken[:, 1])
        for row in np.flatnonzero(dones):
            self.tally.episodes += 1
            self._forget(int(row))
        self._leave_out()
        return obs, np.asarray(rewards, np.float32) + taken[:, 0].astype(np.float32), dones, infos

    def _take(self, infos: list[dict[str, Any]]) -> NDArray[np.float64]:
        """Count what a decision found.

        Returns:
            (rows, 2): what is paid, and how new it is: a find's weight divided by how many episodes
            have had it, not by the root of that, since what is known well is no news.
        """
        taken = np.zeros((self.num_envs, 2))
        kinds = [self._new_kinds(row, info) for row, info in enumerate(infos)]
        shown = Counter(
            (self._engine_of(row), kind) for row, new in enumerate(kinds) for kind in new
        )
        for row, info in enumerate(infos):
            for kind in kinds[row]:
                part = self._given.finding / shown[self._engine_of(row), kind]
                taken[row] += _worth(part, self.tally.with_kind[kind])
            cell = self._cells.of(row, info)
            if cell and cell not in self._entered[row]:
                self._entered[row].add(cell)
                self.tally.entered(cell)
                taken[row] += _worth(self._given.cell, self.tally.visits[cell])
        return taken

    def _new_kinds(self, row: int, info: Mapping[str, Any]) -> list[str]:
        """Count kinds of findings that a row's episode shows for the first time; return them."""
        found = findings_in(info)
        new = [kind for kind in found if kind not in self._shown[row]]
        for kind in new:
            if kind not in self.tally.first:
                self.tally.messages[kind] = found[kind]
                told = f"{self.tally.decisions:,} decisions, agent {row}: {found[kind]}"
                logger.info("found for the first time: %s (%s)", kind, told)
        self._shown[row].update(new)
        self.tally.saw(new)
        return new

    def _engine_of(self, row: int) -> int:
        return row // self._engine_rows

    def _forget(self, row: int) -> None:
        self._entered[row].clear()
        self._shown[row].clear()
        self._cells.ended(row)
        self.wanderers.forget(row)

    def _leave_out(self) -> None:
        if self.wanderers.rows:
            seats: Any = innermost(self.venv)
            flags = np.zeros(self.num_envs, np.bool_)
            flags[list(self.wanderers.rows)] = True
            seats.vacant = either(vacant_seats(seats), flags)


def _worth(weight: float, episodes: int) -> tuple[float, float]:
    """Return what is paid for a find that so many episodes have had, and how new it is."""
    return weight / math.sqrt(episodes), weight / episodes
