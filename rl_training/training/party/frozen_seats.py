"""Which agents of learning groups a frozen opponent plays, and what learners see of them.

An order to the engines takes effect when the next episode of an agent begins; this table follows
that, decision by decision. To learners a seat that an opponent plays is an empty one
(`envs.seats`): nothing there enters a batch, a statistic or an episode's count.

Called by `lockstep`, told by `training.self_play`. It sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep

PLAYED_BY = "played_by"
"""Key of the infos of seats that an opponent plays: its name."""


class FrozenSeats:
    """The seats of all groups.

    Args:
        groups: of the environment.
    """

    def __init__(self, groups: Mapping[str, AgentGroup]) -> None:
        self._groups = groups
        self._seats = {name: _Seats(group) for name, group in groups.items()}

    @property
    def is_used(self) -> bool:
        """Whether an opponent plays somewhere, or will."""
        return any(seats.is_used for seats in self._seats.values())

    def order(self, group: str, arena: int, player: str) -> None:
        """Note that the engines were told who plays a group in an arena from the next episodes on.

        Args:
            group: name of the group.
            arena: numbered over all engines.
            player: name of the opponent; "" for the learner.
        """
        self._seats[group].order(arena, player)

    def player(self, group: str, row: int) -> str:
        """Return who plays a row of a group now; "" for the learner."""
        return self._seats[group].players[row]

    def begun(self, resets: Mapping[str, GroupReset]) -> Mapping[str, GroupReset]:
        """Return first observations as learners see them; all orders take effect."""
        return {name: self._seats[name].begun(each) for name, each in resets.items()}

    def stepped(self, steps: Mapping[str, GroupStep]) -> Mapping[str, GroupStep]:
        """Return what a decision brought as learners see it."""
        return {name: self._seats[name].stepped(each) for name, each in steps.items()}


class _Seats:
    """The seats of one group."""

    def __init__(self, group: AgentGroup) -> None:
        count = len(group.arenas)
        self.players = [""] * count
        self._rows_of: dict[int, list[int]] = {}
        for row, arena in enumerate(group.arenas):
            self._rows_of.setdefault(arena, []).append(row)
        self._next: dict[int, str] = {}
        self._frozen = np.zeros(count, np.bool_)
        self._there = np.ones(count, np.bool_)

    @property
    def is_used(self) -> bool:
        return bool(self._next) or bool(self._frozen.any())

    def order(self, arena: int, player: str) -> None:
        for row in self._rows_of.get(arena, ()):
            if self.players[row] == player:
                self._next.pop(row, None)
            else:
                self._next[row] = player

    def begun(self, reset: GroupReset) -> GroupReset:
        self._there = reset.present
        for row in list(self._next):
            if reset.present[row]:
                self._take(row)
        if not self._frozen.any():
            return reset
        infos = [self._info(row, info) for row, info in enumerate(reset.infos)]
        return replace(reset, infos=infos, present=reset.present & ~self._frozen)

    def stepped(self, step: GroupStep) -> GroupStep:
        acted = self._frozen
        if not self._next and not acted.any():
            self._there = step.present
            return step
        if self._next:
            acted = self._frozen.copy()
            begins = step.present & (step.dones | step.joined | ~self._there)
            for row in [row for row in self._next if begins[row]]:
                self._take(row)
        self._there = step.present
        infos = list(step.infos)
        for row in np.flatnonzero(acted).tolist():
            infos[row] = self._info(row, infos[row])
        ours = ~acted
        return replace(
            step,
            rewards=np.where(acted, np.float32(0.0), step.rewards),
            terminated=step.terminated & ours,
            truncated=step.truncated & ours,
            infos=infos,
            present=step.present & ~self._frozen,
            joined=(step.joined | (acted & step.present)) & ~self._frozen,
        )

    def _take(self, row: int) -> None:
        player = self._next.pop(row)
        self.players[row] = player
        self._frozen = _with(self._frozen, row, bool(player))

    def _info(self, row: int, info: Mapping[str, Any]) -> dict[str, Any]:
        kept = {"absent": info["absent"]} if "absent" in info else {}
        return {PLAYED_BY: self.players[row], **kept}


def _with(flags: NDArray[np.bool_], row: int, value: bool) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = flags.copy()
    changed[row] = value
    return changed
