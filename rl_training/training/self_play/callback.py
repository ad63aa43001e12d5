"""Frozen opponents in a run: who plays where, and how the learners fare against them.

Made by `make` where `self_play.enabled` is set; other runs pay nothing. Between two rollouts, when
nothing is in flight, it sends engines the opponents that the pool drew; each begins with the next
episode of its arena.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter

from rl_training.config.self_play import SelfPlaySettings
from rl_training.training.party.lockstep import Lockstep
from rl_training.training.self_play.enabling import Enabling
from rl_training.training.self_play.pool import OpponentPool
from rl_training.training.self_play.results import result_in

logger = logging.getLogger(__name__)

Load = Callable[[str, str], bytes]
"""Milestone's name and learning policy's name -> the ONNX file's bytes."""


class SelfPlayCallback(BaseCallback):
    """Lets milestones play against the policies that learn.

    Logs `self_play/live`, `/pool`, `/arenas`, `/win_rate_mean` and `/win_rate/<milestone>`: the
    share of the last episodes against it that the learners won, draws half.

    Args:
        settings: of the run.
        lockstep: steps all groups.
        sides: group to the policy that plays it, of the groups that learn, at least two.
        pool: of opponents.
        enabling: when they begin to play.
        load: reads a milestone's policy.
        make_milestone: writes one now.
        total: timesteps of the run.

    Attributes:
        is_live: whether opponents play.
        known: names of all opponents that have played.
        tell: takes how it stands, for the run's status; None: nobody asks.
    """

    def __init__(
        self,
        settings: SelfPlaySettings,
        lockstep: Lockstep,
        sides: Mapping[str, str],
        pool: OpponentPool,
        enabling: Enabling,
        load: Load,
        make_milestone: Callable[[], object],
        total: int,
    ) -> None:
        super().__init__()
        self.is_live = False
        self.known: set[str] = set()
        self.tell: Callable[[dict[str, Any]], None] | None = None
        self._settings = settings
        self._lockstep = lockstep
        self._sides = dict(sides)
        self._pool = pool
        self._enabling = enabling
        self._load = load
        self._make_milestone = make_milestone
        self._total = total
        self._seats = opponent_seats(lockstep, tuple(sides), settings.arenas_share)
        self._now: dict[int, str] = {}
        self._is_stale = False
        self._drawn_at = 0
        self._policies = [
            sides[group.name] for view in lockstep.views for group in view.groups
            for _ in group.agents
        ]  # fmt: skip

    def added(self, milestone: str) -> None:
        """A milestone was written: it joins the pool."""
        gone = self._pool.add(milestone)
        self._is_stale = True
        if gone is not None:
            logger.info("self-play: %s leaves the pool", gone)

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs: goes into the checkpoint."""
        return {
            "is_live": self.is_live,
            "pool": self._pool.state(),
            "enabling": self._enabling.state(),
        }

    def restore(self, state: Mapping[str, Any], there: Sequence[tuple[str, int]], now: int) -> None:
        """Take over what `state` gave.

        Args:
            state: of an earlier part of the run.
            there: milestones that can be loaded, the oldest first, with their timesteps.
            now: timesteps done.
        """
        self.is_live = bool(state.get("is_live", False))
        self._enabling.restore(state.get("enabling", ()))
        self._pool.restore(state.get("pool", {}), [name for name, _ in there])
        for name, timesteps in there:
            if timesteps <= now:
                self._pool.add(name)
        self._is_stale = True

    def begin(self, timesteps: int) -> None:
        """Send who plays already, before the environment's first reset.

        Args:
            timesteps: done until now.
        """
        if self.is_live:
            self._draw(timesteps)

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if dones.any():
            infos = self.locals["infos"]
            for row in np.flatnonzero(dones).tolist():
                self._enabling.end(self._policies[row], infos[row])
                found = result_in(infos[row], self.known)
                if found is not None:
                    self._pool.note(*found)
        return True

    def _on_rollout_start(self) -> None:
        done = self.model.num_timesteps
        may_begin = bool(self._settings.enable_at or self._pool.names)
        if not self.is_live and may_begin and self._enabling.is_reached(done / self._total):
            self._go_live(done)
        every = self._settings.redraw_every
        is_due = every is not None and done - self._drawn_at >= every
        if self.is_live and (self._is_stale or is_due):
            self._draw(done)

    def _on_rollout_end(self) -> None:
        for name, value in self._figures().items():
            self.logger.record(f"self_play/{name}", value)
        if self.tell is not None:
            self.tell(self.status())

    def status(self) -> dict[str, Any]:
        """Return how it stands; see `RunStatus.self_play`."""
        return {
            "live": self.is_live,
            "arenas": len(self._now),
            "playing": sorted(set(self._now.values())),
            "opponents": {
                name: {
                    "win_rate": self._pool.win_rate(name),
                    "episodes": self._pool.episodes(name),
                }
                for name in self._pool.names
            },
            "waits_for": [] if self.is_live else self._enabling.lines(self._progress()),
        }

    def _progress(self) -> float:
        return float(self.num_timesteps) / self._total

    def _figures(self) -> dict[str, float]:
        rates = {name: self._pool.win_rate(name) for name in self._pool.names}
        known = {name: rate for name, rate in rates.items() if rate is not None}
        found = {
            "live": float(self.is_live),
            "pool": float(len(self._pool.names)),
            "arenas": float(len(self._now)),
        }
        if known:
            found["win_rate_mean"] = sum(known.values()) / len(known)
        return found | {f"win_rate/{name}": rate for name, rate in known.items()}

    def _go_live(self, done: int) -> None:
        self.is_live = True
        for line in self._enabling.lines(done / self._total):
            logger.info("self-play: %s: reached", line)
        if not self._pool.names:
            self._make_milestone()
        self._is_stale = True

    def _draw(self, done: int) -> None:
        self._is_stale = False
        self._drawn_at = done
        drawn = self._pool.draw(len(self._seats))
        if not drawn:
            return
        wanted = dict(zip((arena for arena, _ in self._seats), drawn, strict=True))
        orders: dict[tuple[str, str], list[int]] = {}
        for arena, groups in self._seats:
            if self._now.get(arena) != wanted[arena]:
                for group in groups:
                    orders.setdefault((group, wanted[arena]), []).append(arena)
        for (group, name), arenas in orders.items():
            file = self._load(name, self._sides[group])
            self._lockstep.env.load_policy(group, file, arenas, name=name)
            for arena in arenas:
                self._lockstep.seats.order(group, arena, name)
        self._now = wanted
        self.known |= set(drawn)
        counts = {name: drawn.count(name) for name in sorted(set(drawn))}
        told = ", ".join(f"{name} in {count}" for name, count in counts.items())
        logger.info("self-play: opponents in %d arenas: %s", len(drawn), told)


def opponent_seats(
    lockstep: Lockstep, sides: Sequence[str], share: float
) -> list[tuple[int, tuple[str, ...]]]:
    """Return the arenas in which opponents play, each with the groups that they play.

    Arenas are spread evenly over all engines; the side that learns is one group, then the next.

    Args:
        lockstep: steps all groups.
        sides: groups that learn.
        share: of the arenas, in (0, 1]; at least one is taken.
    """
    groups = lockstep.env.groups
    common = set(groups[sides[0]].arenas)
    for name in sides[1:]:
        common &= set(groups[name].arenas)
    arenas = sorted(common)
    count = min(len(arenas), max(1, round(share * len(arenas))))
    chosen = [arenas[(2 * i + 1) * len(arenas) // (2 * count)] for i in range(count)]
    return [
        (arena, tuple(name for name in sides if name != sides[i % len(sides)]))
        for i, arena in enumerate(chosen)
    ]


class LoggedMeasures(KVWriter):
    """An output of the run's log that hands `Enabling` the numbers that it asks for."""

    def __init__(self, enabling: Enabling) -> None:
        self._enabling = enabling

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, tuple[str, ...]],
        step: int = 0,
    ) -> None:
        """Take what is asked for of one row."""
        for tag in self._enabling.tags:
            value = key_values.get(tag)
            if value is not None and np.isfinite(value):
                self._enabling.log(tag, float(value))

    def close(self) -> None:
        """There is nothing to close."""
