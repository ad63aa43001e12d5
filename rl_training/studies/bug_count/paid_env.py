"""An environment that counts what its agents find, and may pay them for it.

`finders` puts it round the environment of a training. With `FindRewards` it makes of an agent
that plays a game one that tests it; without, it only counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

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


class PaidEnv(VecEnvWrapper):
    """Counts findings and cells.

    Args:
        venv: whose engines tell cells (`--rl.explore=1`).
        tally: is filled.
        rewards: None: nothing is paid.
    """

    def __init__(self, venv: VecEnv, tally: Tally, rewards: FindRewards | None = None) -> None:
        super().__init__(venv)
        self._tally = tally
        self._rewards = rewards
        self._entered: list[set[str]] = [set() for _ in range(venv.num_envs)]
        self._shown: list[set[str]] = [set() for _ in range(venv.num_envs)]
        self._visits: dict[str, int] = {}

    def reset(self) -> Any:
        """See `VecEnv`."""
        for row in range(self.num_envs):
            self._forget(row)
        return self.venv.reset()

    def step_wait(self) -> Any:
        """See `VecEnv`; rewards hold what was paid."""
        obs, rewards, dones, infos = self.venv.step_wait()
        self._tally.decisions += self.num_envs
        paid = np.array(rewards, np.float32)
        for row, info in enumerate(infos):
            paid[row] += self._take(row, info)
            if dones[row]:
                self._tally.episodes += 1
                self._forget(row)
        return obs, paid, dones, infos

    def _take(self, row: int, info: dict[str, Any]) -> float:
        reward = 0.0
        new = [kind for kind in kinds_in(info) if kind not in self._shown[row]]
        self._shown[row].update(new)
        self._tally.saw(new)
        cell = cell_in(info)
        entered = cell != "" and cell not in self._entered[row]
        if entered:
            self._entered[row].add(cell)
            self._tally.cells.add(cell)
            self._visits[cell] = self._visits.get(cell, 0) + 1
        if self._rewards is None:
            return 0.0
        for kind in new:
            reward += self._rewards.finding / math.sqrt(self._tally.with_kind[kind])
        if entered:
            reward += self._rewards.cell / math.sqrt(self._visits[cell])
        return reward

    def _forget(self, row: int) -> None:
        self._entered[row].clear()
        self._shown[row].clear()
