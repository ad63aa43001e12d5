"""Watches a run, logs what hints need, and tells each hint once (`runs.hints`).

A decision costs a look at whether episodes ended; observations are sampled; the rest happens once a
rollout. What it logs has the prefix `watch/`, so that the doctor finds the same hints in the logs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import unwrap_vec_normalize

from rl_training.checkpoints.normaliser import SINGLE
from rl_training.runs.hints import RunFacts, find_hints
from rl_training.runs.hints.facts import save_observations
from rl_training.runs.hints.hint import TIMESTEPS, WATCH
from rl_training.training.scene_facts import observation_names
from rl_training.training.watch.arena_watch import ArenaWatch
from rl_training.training.watch.observation_watch import ObservationWatch

logger = logging.getLogger(__name__)

_SAMPLE_EVERY = 8  # decisions between two looks at all observations
_RECORD_EVERY = 16  # decisions at least between two records: off-policy "rollouts" are one long
_EXAMINE_EVERY_S = 5.0
_WRITE_EVERY_S = 30.0


class WatchCallback(BaseCallback):
    """Logs `watch/...` and warns of each hint once. Give it as the last callback.

    Args:
        observations: file that gets the ranges of the observation's elements; None: no file.
        examine_every_s: seconds between two searches for hints.
        policy: whose hints they are; empty: there is only one.

    Attributes:
        told: the hints until now, by name.
    """

    def __init__(
        self,
        observations: Path | None = None,
        examine_every_s: float = _EXAMINE_EVERY_S,
        policy: str = "",
    ) -> None:
        super().__init__()
        self.told: dict[str, str] = {}
        self._file = observations
        self._examine_every_s = examine_every_s
        self._who = policy or "it"
        self._examine_at = 0.0
        self._write_at = 0.0
        self._recorded_at = 0
        self._rows: list[dict[str, float]] = []
        self._unwritten: dict[str, float] = {}
        self._ends = _Ends(0)
        self._observed = ObservationWatch({})
        self._arenas = ArenaWatch(None)

    def _on_training_start(self) -> None:
        env = self.training_env
        self._ends = _Ends(env.num_envs)
        self._observed = ObservationWatch(observation_names(env))
        self._arenas = ArenaWatch.of(env)
        self._unwritten = {}
        self.logger.output_formats.append(_Rows(self._rows))

    def _on_step(self) -> bool:
        dones = self.locals["dones"]
        if dones.any():
            for agent in np.flatnonzero(dones):
                info = self.locals["infos"][agent]
                self._ends.add(int(agent), info)
                if "episode" in info:
                    self._arenas.add(int(agent), float(info["episode"]["r"]))
        if self.n_calls % _SAMPLE_EVERY == 0:
            self._sample()
        return True

    def _on_rollout_end(self) -> None:
        if self.n_calls - self._recorded_at >= _RECORD_EVERY:
            self._recorded_at = self.n_calls
            self._record()
            self._examine()

    def _on_training_end(self) -> None:
        self._examine(at_once=True)
        if self._file is not None and self._observed.seen:
            save_observations(self._file, self._observed.ranges(), self._observed.seen)
        self.logger.output_formats[:] = [
            each for each in self.logger.output_formats if not isinstance(each, _Rows)
        ]

    def _sample(self) -> None:
        wrapper = unwrap_vec_normalize(self.training_env)
        now: Any = self.locals["new_obs"] if wrapper is None else wrapper.get_original_obs()
        self._observed.see(now if isinstance(now, dict) else {SINGLE: now})

    def _record(self) -> None:
        scalars = {
            **self._ends.scalars(),
            **self._arenas.scalars(),
            "decisions": float(self.n_calls),
        }
        rewards = [episode["r"] for episode in self.model.ep_info_buffer or ()]
        if len(rewards) > 1:
            scalars["reward_std"] = float(np.std(rewards))
        # In learners with a replay buffer n_steps is how far a return looks ahead.
        if isinstance(self.model, OnPolicyAlgorithm):
            scalars["rollout_decisions"] = float(self.model.n_steps)
        ranges = self._observed.ranges()
        if ranges:
            scalars["observations_constant"] = float(sum(each.low == each.high for each in ranges))
            scalars["observation_largest"] = max(max(-each.low, each.high) for each in ranges)
        self._unwritten = {f"{WATCH}{name}": value for name, value in scalars.items()}
        for tag, value in self._unwritten.items():
            self.logger.record(tag, value)

    def _examine(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if now < self._examine_at and not at_once:
            return
        self._examine_at = now + self._examine_every_s
        known = {
            name: float(getattr(self.model, name))
            for name in ("gamma", "gae_lambda")
            if hasattr(self.model, name)
        }
        ranges = self._observed.ranges()
        # A learner may not write a line for long; its own facts are there already.
        rows = [*self._rows, self._unwritten]
        for hint in find_hints(RunFacts(rows, ranges, self._observed.seen, **known)):
            if hint.name not in self.told:
                self.told[hint.name] = hint.text()
                logger.warning("%s may not be learning: %s", self._who, hint.text())
        if self._file is not None and self._observed.seen and now >= self._write_at:
            self._write_at = now + _WRITE_EVERY_S
            save_observations(self._file, ranges, self._observed.seen)


class _Ends:
    """Counts how episodes ended since learning began."""

    def __init__(self, agents: int) -> None:
        self._counts = {"episodes": 0, "time_outs": 0, "successes": 0}
        self._without: NDArray[np.bool_] = np.ones(agents, dtype=np.bool_)

    def add(self, agent: int, info: Mapping[str, Any]) -> None:
        """Count an episode by its last info."""
        self._without[agent] = False
        self._counts["episodes"] += 1
        self._counts["time_outs"] += bool(info.get("TimeLimit.truncated", False))
        self._counts["successes"] += bool(info.get("is_success", False))

    def scalars(self) -> dict[str, float]:
        """Return the counts."""
        found = {name: float(count) for name, count in self._counts.items()}
        return {**found, "agents_without_end": float(self._without.sum())}


class _Rows(KVWriter):
    """Keeps what is logged: the same rows that metrics.jsonl gets."""

    def __init__(self, rows: list[dict[str, float]]) -> None:
        self._rows = rows

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, Sequence[str]],  # type: ignore[override]
        step: int = 0,
    ) -> None:
        """Keep one row."""
        row = {tag: float(value) for tag, value in key_values.items() if _is_number(value)}
        self._rows.append({TIMESTEPS: float(step), **row})

    def close(self) -> None:
        """There is nothing to close."""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number))
