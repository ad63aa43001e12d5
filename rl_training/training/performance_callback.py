"""Logs what the game's performance monitor tells in infos, as `performance/...`.

The pipeline adds it where `environment.performance` asks for it. What it logs is the game's own
time, without the trainer's, the codec's and the agents' observations; a tick steps all arenas of an
engine. docs/performance.md says what each number is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from stable_baselines3.common.callbacks import BaseCallback

KEY = "performance"
_MEANS = ("physics_frame_time_ratio", "render_frame_time_ratio", "chunk_count_ratio")
_LARGEST = (
    *("physics_frame_time_max_ms", "render_frame_time_max_ms", "chunk_generation_max_ms"),
    *("chunk_queue", "voxel_memory_mb", "object_count", "memory_mb", "warning_count"),
)


class PerformanceCallback(BaseCallback):
    """Logs means of the ratios and the largest of the others, over each rollout.

    Works with any environment whose infos hold `{"performance": {name: number}}`; rows without it
    are left out, and nothing is logged where none has it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._largest: dict[str, float] = {}

    def _on_rollout_start(self) -> None:
        self._sums, self._counts, self._largest = {}, {}, {}

    def _on_step(self) -> bool:
        # Agents of one engine share their figures, which is the same object only by chance.
        for info in self.locals["infos"]:
            figures = info.get(KEY)
            if isinstance(figures, Mapping):
                self._add(figures)
        return True

    def _add(self, figures: Mapping[str, object]) -> None:
        for name in _MEANS:
            value = figures.get(name)
            if isinstance(value, (int, float)) and math.isfinite(value):
                self._sums[name] = self._sums.get(name, 0.0) + value
                self._counts[name] = self._counts.get(name, 0) + 1
        for name in _LARGEST:
            value = figures.get(name)
            if isinstance(value, (int, float)) and math.isfinite(value):
                self._largest[name] = max(self._largest.get(name, -math.inf), value)

    def _on_rollout_end(self) -> None:
        for name, total in self._sums.items():
            self.logger.record(f"{KEY}/{name}", total / self._counts[name])
        for name, value in self._largest.items():
            self.logger.record(f"{KEY}/{name}", value)
