"""What arenas tell at an episode's end: their parameters, and how opponents in the engine fared."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

_WINDOW = 100  # episodes in a rolling mean, as everywhere


class ParametersCallback(BaseCallback):
    """Logs `parameters/<name>`: mean over the episodes that ended in a rollout.

    A rollout in which few ended (an off-policy one is a decision long) adds to the ones before,
    until there are 100.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ended: dict[str, list[float]] = {}

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        for agent in np.flatnonzero(self.locals["dones"]):
            told = infos[agent].get("parameters")
            for name, value in told.items() if isinstance(told, Mapping) else ():
                if isinstance(value, (int, float)) and math.isfinite(value):
                    self._ended.setdefault(name, []).append(value)
        return True

    def _on_rollout_end(self) -> None:
        for name, values in self._ended.items():
            self.logger.record(f"parameters/{name}", sum(values) / len(values))
        self._ended = {name: each for name, each in self._ended.items() if len(each) < _WINDOW}


class OpponentsCallback(BaseCallback):
    """Logs `opponents/<policy>/...`: results of agents that are played inside the engines.

    `return_mean`, `length_mean`, `episodes` and, where the scene tells success, `win_rate`: of the
    last episodes of each policy; `episodes` counts those of this part of the run.

    Args:
        without: policies that are left out; looked at whenever an episode ends.
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        super().__init__()
        self._without = without
        self._recent: dict[str, dict[str, deque[float]]] = defaultdict(dict)
        self._episodes: dict[str, int] = {}

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        for agent in np.flatnonzero(self.locals["dones"]):
            told = infos[agent].get("opponents")
            for row in told if isinstance(told, (list, tuple)) else ():
                if isinstance(row, Mapping):
                    self._add(row)
        return True

    def _add(self, row: Mapping[str, Any]) -> None:
        policy = str(row.get("policy") or row.get("group") or "unknown")
        if policy in self._without:
            return
        self._episodes[policy] = self._episodes.get(policy, 0) + 1
        info = row.get("info")
        success = info.get("is_success") if isinstance(info, Mapping) else None
        values = {
            "return_mean": row.get("return"),
            "length_mean": row.get("decisions"),
            "win_rate": None if success is None else float(bool(success)),
        }
        for name, value in values.items():
            if isinstance(value, (int, float)) and math.isfinite(value):
                recent = self._recent[policy]
                recent.setdefault(name, deque(maxlen=_WINDOW)).append(float(value))

    def _on_rollout_end(self) -> None:
        for policy, count in self._episodes.items():
            self.logger.record(f"opponents/{policy}/episodes", count)
            for name, values in self._recent[policy].items():
                self.logger.record(f"opponents/{policy}/{name}", sum(values) / len(values))
