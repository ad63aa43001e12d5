"""Hands levels to the arenas before each rollout, and tells the sampler what came of them.

One for a run, between learners and engines: a queue for every arena when a rollout begins, long
enough for it; at its end the episodes that ended, with their success and, for learners with a
rollout, their advantages. A decision in which no episode ends costs one look at the dones.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.errors import ConfigError
from rl_training.training.levels.advantages import EpisodeAdvantages
from rl_training.training.levels.known import Played
from rl_training.training.levels.samplers import LevelSampler

LEAST_DECISIONS = 16
"""Decisions between two queues where rollouts are shorter."""
_LONGEST_QUEUE = 256
_WINDOW = 100  # episodes in a rolling mean, as everywhere
_PATIENCE = 20  # ended episodes without is_success before learnability is refused


class Arenas(Protocol):
    """What takes levels: `GodotVecEnv`."""

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Set the levels of the next episodes of each arena."""
        ...


class LevelsCallback(BaseCallback):
    """See above.

    Logged: `levels/known`, `levels/score_mean`, `levels/success_mean` (mean of the known levels'
    success rates), `levels/chosen_success_mean` and `levels/new_success_mean` (the last 100
    episodes of known and of new levels), `levels/replayed_share`, `levels/overhead_ms` (of the last
    rollout: drawing, handing out, recording).

    Args:
        sampler: chooses.
        env: takes the levels.
        arenas: their numbers over all engines, those in which somebody learns.
        advantages: of the learner's rollouts; None: nobody asks for scores.
        rollout: decisions of the learner's rollouts, at least 1.

    Attributes:
        sampler: as given.
        tell: gets the figures after each rollout, for the run's status; None: nobody asks.
    """

    def __init__(
        self,
        sampler: LevelSampler,
        env: Arenas,
        arenas: Sequence[int],
        *,
        advantages: EpisodeAdvantages | None = None,
        rollout: int = LEAST_DECISIONS,
    ) -> None:
        super().__init__()
        self.sampler = sampler
        self._env = env
        self._arenas = tuple(arenas)
        self._advantages = advantages
        self.tell: Callable[[Mapping[str, float]], None] | None = None
        # Decisions since the last queues, and the most that there were between two.
        self._since = 0
        self._span = max(LEAST_DECISIONS, rollout)
        self._lengths: deque[int] = deque(maxlen=_WINDOW)
        self._began: dict[int, int] = {}
        self._ends: list[tuple[int, int, dict[str, Any]]] = []
        self._step = 0
        self._whole = True
        # Episodes that ended without is_success; None: it is told.
        self._untold: int | None = 0
        self._recent = {kind: deque[float](maxlen=_WINDOW) for kind in ("chosen", "new")}
        self._replayed: deque[bool] = deque(maxlen=_WINDOW)
        self._seconds = 0.0

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs: goes into the checkpoint."""
        return {
            "sampler": type(self.sampler).__name__,
            **self.sampler.state(),
            "recent": {kind: list(values) for kind, values in self._recent.items()},
            "replayed": list(self._replayed),
            "lengths": list(self._lengths),
            "span": self._span,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave; of another sampler it is left.

        Raises:
            ConfigError: it is damaged.
        """
        if state.get("sampler") != type(self.sampler).__name__:
            return
        try:
            self.sampler.restore(state)
            for kind, values in state["recent"].items():
                self._recent[kind].extend(values)
            self._replayed.extend(state["replayed"])
            self._lengths.extend(state["lengths"])
            self._span = max(self._span, int(state["span"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"the levels in the checkpoint cannot be read ({error!r}): begin anew, or resume "
                "with levels.sampler fresh"
            ) from error

    def prepare(self, timesteps: int) -> None:
        """Hand out the levels of the first episodes, before the environment's first reset.

        Args:
            timesteps: done until now.
        """
        self._hand_out(timesteps)

    def _on_rollout_start(self) -> None:
        if self._advantages is not None:
            self._ends.clear()
            self._step = 0
            if not self._whole:
                self._advantages.forget()
            self._whole = False
        if self._since >= LEAST_DECISIONS:
            self._hand_out(self.model.num_timesteps)

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if dones.any():
            infos = self.locals["infos"]
            for agent in np.flatnonzero(dones).tolist():
                self._ends.append((self._step, agent, infos[agent]))
                self._lengths.append(self.n_calls - self._began.get(agent, 0))
                self._began[agent] = self.n_calls
        self._step += 1
        self._since += 1
        return True

    def _on_rollout_end(self) -> None:
        self._whole = True
        # Rollouts may be a decision long: what ended is taken in together with what ends later.
        if self._advantages is None and self._step < LEAST_DECISIONS:
            return
        began = time.perf_counter()
        played = self._played()
        self._note(played)
        self.sampler.record(played, self.model.num_timesteps)
        self._ends.clear()
        self._step = 0
        self._seconds += time.perf_counter() - began
        figures = self.figures()
        for name, value in figures.items():
            self.logger.record(f"levels/{name}", value)
        if self.tell is not None:
            self.tell(figures)
        self._seconds = 0.0

    def figures(self) -> dict[str, float]:
        """Return what is logged, without its prefix."""
        now = self.model.num_timesteps
        found: dict[str, float | None] = {
            "known": len(self.sampler.known),
            "score_mean": self.sampler.score_mean(now),
            "success_mean": self.sampler.success_mean(now),
            "replayed_share": _mean(self._replayed),
            "overhead_ms": 1000.0 * self._seconds,
        }
        for kind, values in self._recent.items():
            found[f"{kind}_success_mean"] = _mean(values)
        return {name: value for name, value in found.items() if value is not None}

    def _hand_out(self, timesteps: int) -> None:
        began = time.perf_counter()
        self._span = max(self._span, self._since)
        self._since = 0
        # Every column is played at about the same time: drawn by itself, its levels differ.
        columns = [self.sampler.draw(len(self._arenas), timesteps) for _ in range(self._queue())]
        queues = np.stack(columns, axis=1).tolist()
        self._env.set_levels(dict(zip(self._arenas, queues, strict=True)))
        self._seconds += time.perf_counter() - began

    def _queue(self) -> int:
        """Return how many episodes an arena may begin until the next queues."""
        # While none has ended, all have lasted for as long as the run has.
        shortest = min(self._lengths, default=self.n_calls)
        return min(_LONGEST_QUEUE, math.ceil(self._span / max(shortest, 1)) + 1)

    def _played(self) -> list[Played]:
        """Return what ended in the rollout and was played as a level."""
        scores: list[float] | None = None
        if self._advantages is not None:
            ends = [(step, agent) for step, agent, _ in self._ends]
            scores = self._advantages.take(self.locals["rollout_buffer"].advantages, ends)
        played = []
        for number, (_, _, info) in enumerate(self._ends):
            level = info.get("level")
            if level is None:
                continue
            success = info.get("is_success")
            self._require(success)
            played.append(
                Played(
                    int(level),
                    None if success is None else bool(success),
                    None if scores is None else scores[number],
                )
            )
        return played

    def _note(self, played: Sequence[Played]) -> None:
        for each in played:
            replayed = each.level in self.sampler.known
            self._replayed.append(replayed)
            if each.success is not None:
                self._recent["chosen" if replayed else "new"].append(float(each.success))

    def _require(self, success: object) -> None:
        if success is not None:
            self._untold = None
        elif self.sampler.needs_success and self._untold is not None:
            self._untold += 1
            if self._untold >= _PATIENCE:
                raise ConfigError(
                    "levels.sampler learnability needs the scene to tell is_success in get_info(), "
                    f"and {_PATIENCE} episodes ended without it; choose regret or uniform"
                )


def _mean(values: Sequence[float] | deque[float] | deque[bool]) -> float | None:
    return sum(values) / len(values) if values else None
