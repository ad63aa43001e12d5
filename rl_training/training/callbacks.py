"""What happens while a policy learns: checkpoints, the scene's own figures, a graceful stop.

An episode's last info may hold, each optional so that any godot-rl project trains:
`{"is_success": bool, "metrics": {name: number}, "reward_terms": {name: sum over the episode}}`.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter

from rl_training.algorithms.sb3_learner import recent_results
from rl_training.config import log_std_bound
from rl_training.envs.supervision import EngineRestart
from rl_training.errors import HarnessError
from rl_training.runs.metrics import MetricsWriter
from rl_training.training.progress_callback import ProgressCallback
from rl_training.training.stop import StopRequest

__all__ = [
    "AbsentCallback",
    "CheckpointCallback",
    "EpisodeMetricsCallback",
    "ExplorationCallback",
    "JsonLinesOutput",
    "ProgressCallback",
    "RestartsCallback",
    "StopCallback",
    "TickTimesCallback",
    "recent_results",
]

logger = logging.getLogger(__name__)

WINDOW = 100
"""Episodes in a rolling mean, as in Stable-Baselines3's `rollout/` scalars."""


class CheckpointCallback(BaseCallback):
    """Saves at the first end of an update after every `save_frequency` timesteps.

    Between a rollout and the next nothing is in flight, so what is saved is the whole state.

    Args:
        save_frequency: timesteps between two checkpoints.
        save: called with the timesteps done; returns the file that it wrote.
    """

    def __init__(self, save_frequency: int, save: Callable[[int], Path]) -> None:
        super().__init__()
        self.saved: list[Path] = []
        self._save_frequency = save_frequency
        self._save = save
        self._saved_at = 0

    def _on_training_start(self) -> None:
        self._saved_at = self.num_timesteps

    def _on_rollout_start(self) -> None:
        self._save_when_due()

    def _on_training_end(self) -> None:
        self._save_when_due()

    def _on_step(self) -> bool:
        return True

    def _save_when_due(self) -> None:
        done = self.model.num_timesteps
        if done // self._save_frequency > self._saved_at // self._save_frequency:
            self.saved.append(self._save(done))
            self._saved_at = done


class TimeLimitCallback(BaseCallback):
    """Asks for the end of learning when its minutes are over.

    Args:
        minutes: from the start of learning on.
        ask: told why; `StopRequest.ask`.
    """

    def __init__(self, minutes: float, ask: Callable[[str], None]) -> None:
        super().__init__()
        self._minutes = minutes
        self._ask = ask
        self._end = math.inf

    def _on_training_start(self) -> None:
        self._end = time.monotonic() + 60.0 * self._minutes

    def _on_step(self) -> bool:
        if time.monotonic() >= self._end:
            self._end = math.inf
            self._ask(f"{self._minutes:g} minutes are over")
        return True


class ExplorationCallback(BaseCallback):
    """Bounds the deviation of continuous actions, ever more tightly, before each rollout.

    Thresholds in a game (a stick's dead zone, a trigger's click) let noise do what the mean does
    not; a policy that trained with much noise then stands still when it ships without any.

    Args:
        start: logarithm of the bound at the beginning of the run.
        final: logarithm of the bound from `config.ANNEALED_SHARE` of the run on.
        timesteps: of the whole run, resumed parts included.
    """

    def __init__(self, start: float, final: float, timesteps: int) -> None:
        super().__init__()
        self._start = start
        self._final = final
        self._timesteps = timesteps

    def bound(self, timesteps_done: int) -> float:
        """Return the logarithm of the bound after so many timesteps."""
        return log_std_bound(self._start, self._final, timesteps_done / self._timesteps)

    def _on_rollout_start(self) -> None:
        log_std = getattr(self.model.policy, "log_std", None)
        if log_std is not None:
            log_std.data.clamp_(max=self.bound(self.model.num_timesteps))

    def _on_step(self) -> bool:
        return True


class EpisodeMetricsCallback(BaseCallback):
    """Logs `episode/<metric>` and `reward/<term>` as rolling means over the last episodes."""

    def __init__(self) -> None:
        super().__init__()
        self._recent: dict[str, deque[float]] = {}
        # Means are computed when an episode ended: an off-policy rollout is a few decisions.
        self._means: dict[str, float] | None = None

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        for agent in np.flatnonzero(self.locals["dones"]):
            self._add("episode/", infos[agent].get("metrics"))
            self._add("reward/", infos[agent].get("reward_terms"))
        return True

    def state(self) -> dict[str, list[float]]:
        """Return what a resumed run needs to go on with the same means."""
        return {tag: list(values) for tag, values in self._recent.items()}

    def restore(self, state: Mapping[str, list[float]]) -> None:
        """Take over what `state` gave."""
        self._recent = {tag: deque(values, maxlen=WINDOW) for tag, values in state.items()}
        self._means = None

    def _on_rollout_end(self) -> None:
        if self._means is None:
            self._means = {tag: sum(each) / len(each) for tag, each in self._recent.items()}
        for tag, mean in self._means.items():
            self.logger.record(tag, mean)

    def _add(self, prefix: str, numbers: object) -> None:
        if not isinstance(numbers, Mapping):
            return
        self._means = None
        for name, value in numbers.items():
            if isinstance(value, (bool, int, float)) and math.isfinite(value):
                self._recent.setdefault(f"{prefix}{name}", deque(maxlen=WINDOW)).append(value)


class AbsentCallback(BaseCallback):
    """Logs `agents/absent`: how many agents have left the scene, so that their rows stay silent.

    Such a row's info holds `{"absent": "reason"}`. The first is warned of; nothing is logged while
    all are there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._absent = 0
        self._warned = False

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        absent = [agent for agent, info in enumerate(infos) if "absent" in info]
        self._absent = len(absent)
        if absent and not self._warned:
            self._warned = True
            logger.warning(
                "agent %d has left the scene (%s): its row is silent until the scene starts again; "
                "agents/absent in the log counts such rows",
                absent[0],
                infos[absent[0]]["absent"],
            )
        return True

    def _on_rollout_end(self) -> None:
        if self._warned:
            self.logger.record("agents/absent", self._absent)


class RestartsCallback(BaseCallback):
    """Logs `engine/restarts` and keeps what is known of every failure in a file.

    Args:
        restarts: returns the run's restarts until now, those of earlier parts not included.
        path: gets one JSON object per failure.

    Attributes:
        before: restarts in the earlier parts of a resumed run.
    """

    def __init__(self, restarts: Callable[[], Sequence[EngineRestart]], path: Path) -> None:
        super().__init__()
        self._restarts = restarts
        self._path = path
        self.before = 0
        self._written = 0

    @property
    def total(self) -> int:
        """Restarts of the whole run."""
        return self.before + self._written

    def write_last(self, error: HarnessError) -> None:
        """Keep what is known of the failure that ended the run."""
        last = EngineRestart(-1, time.time(), 0.0, str(error), error.failure)
        self._append({**last.to_dict(), "engine": error.failure.engine if error.failure else None})

    def _on_step(self) -> bool:
        for restart in self._restarts()[self._written :]:
            self._written += 1
            self._append({**restart.to_dict(), "restarted": True})
        return True

    def _on_rollout_end(self) -> None:
        self.logger.record("engine/restarts", self.total)

    def _append(self, row: dict[str, Any]) -> None:
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"restarted": False, **row}) + "\n")


class TickTimesCallback(BaseCallback):
    """Logs `engine/physics_ms_mean`, `_max`, `engine/frame_ms_mean`, `_max`.

    A tick of an engine steps all its arenas; what Sync and the trainer do is not in it. Engines are
    asked at most once in `every_s` seconds: an off-policy rollout is a few decisions, and asking
    costs a message to and from each engine.

    Args:
        take: returns the times of each engine since its last call, see `EngineGroup.tick_times`.
        every_s: seconds between two questions; rollouts in between log the last answer.
    """

    def __init__(
        self, take: Callable[[], Sequence[Mapping[str, float]]], every_s: float = 2.0
    ) -> None:
        super().__init__()
        self._take = take
        self._every_s = every_s
        self._ask_at = 0.0
        self._last: dict[str, float] = {}

    def _on_training_start(self) -> None:
        self._take()  # the first reset and what came before

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        now = time.monotonic()
        if now >= self._ask_at:
            self._ask_at = now + self._every_s
            self._last = self._ask() or self._last
        for tag, value in self._last.items():
            self.logger.record(tag, value)

    def _ask(self) -> dict[str, float]:
        engines = self._take()
        ticks = sum(engine["ticks"] for engine in engines)
        found: dict[str, float] = {}
        for part in ("physics_ms", "frame_ms") if ticks else ():
            mean = sum(engine[f"{part}_mean"] * engine["ticks"] for engine in engines) / ticks
            found[f"engine/{part}_mean"] = mean
            found[f"engine/{part}_max"] = max(engine[f"{part}_max"] for engine in engines)
        return found


class StopCallback(BaseCallback):
    """Ends learning at the next decision once a stop was asked for."""

    def __init__(self, stop: StopRequest) -> None:
        super().__init__()
        self._stop = stop

    def _on_step(self) -> bool:
        return not self._stop.requested


class JsonLinesOutput(KVWriter):
    """Writes what goes to TensorBoard to metrics.jsonl as well."""

    def __init__(self, writer: MetricsWriter) -> None:
        self._writer = writer

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, tuple[str, ...]],
        step: int = 0,
    ) -> None:
        """Write one line with all scalars of a dump."""
        scalars = {}
        for tag, value in key_values.items():
            if hasattr(value, "item"):
                value = value.item()
            if isinstance(value, (int, float)):
                scalars[tag] = value
        self._writer.write(step, scalars)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
