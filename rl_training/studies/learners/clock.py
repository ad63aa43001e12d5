"""Seconds of a run by two clocks, evaluations left out.

Called by `measure`, which gives the callback to the run that it trains.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from stable_baselines3.common.callbacks import BaseCallback

from rl_training.studies.dashboard.usage import usage_of


@dataclass(frozen=True)
class Reading:
    """How long a run had learned and played.

    Attributes:
        seconds: by the clock.
        processor: of one core, of this process and its engines together.
    """

    seconds: float
    processor: float


class LearningClock(BaseCallback):
    """Reads both clocks before each evaluation that the run makes, and when it ends.

    It must come before the callback that evaluates, and goes by the same rule: an evaluation is due
    when a multiple of `every` was passed. What the evaluation took is left out of later readings.

    Args:
        every: timesteps between two evaluations; 0: none are made.
        pid: of the process that learns, with its engines below it.

    Attributes:
        readings: timesteps to what was read there; those at the end are the last.
    """

    def __init__(self, every: int, pid: int) -> None:
        super().__init__()
        self._every = every
        self._pid = pid
        self.readings: dict[int, Reading] = {}
        self._began = self._left_out = Reading(0.0, 0.0)
        self._paused: Reading | None = None
        self._looked_at = 0

    def _on_training_start(self) -> None:
        self._looked_at = self.model.num_timesteps
        self._began = self._now()

    def _on_rollout_start(self) -> None:
        done = self.model.num_timesteps
        if self._every and done // self._every > self._looked_at // self._every:
            self._looked_at = done
            self._paused = self._read(done)

    def _on_step(self) -> bool:
        if self._paused is not None:
            # The step since then is lost to the pause: one of thousands.
            now = self._now()
            out = self._left_out
            self._left_out = Reading(
                out.seconds + now.seconds - self._paused.seconds,
                out.processor + now.processor - self._paused.processor,
            )
            self._paused = None
        return True

    def _on_training_end(self) -> None:
        self._read(self.model.num_timesteps)

    def _read(self, done: int) -> Reading:
        now = self._now()
        self.readings[done] = Reading(
            now.seconds - self._began.seconds - self._left_out.seconds,
            now.processor - self._began.processor - self._left_out.processor,
        )
        return now

    def _now(self) -> Reading:
        return Reading(time.monotonic(), usage_of(self._pid).cpu_s)
