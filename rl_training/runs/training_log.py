"""The scalars of a run, read back: from metrics.jsonl, or from TensorBoard's own files.

Both hold the same; the second is read for runs that other trainers logged. Needs no torch.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.config.old_format import brought_up
from rl_training.errors import UsageError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths, experiments
from rl_training.runs.policy_tags import rows_of_policies

TIMESTEPS = "timesteps"


@dataclass(frozen=True)
class TrainingLog:
    """The scalars of one run.

    Attributes:
        experiment: name of the run.
        rows: by rising timesteps; tag to value, with the timesteps under `TIMESTEPS`. What was
            logged and is not finite is NaN.
        config: the run's settings in sections, as `TrainConfig.to_dict` gives them; empty when
            unknown.
    """

    experiment: str
    rows: tuple[dict[str, float], ...]
    config: dict[str, Any]

    @property
    def timesteps(self) -> int:
        """Timesteps at the last row."""
        return int(self.rows[-1][TIMESTEPS])

    def series(self, tag: str) -> list[tuple[int, float]]:
        """Return (timesteps, value) of a scalar, by rising timesteps; empty when never logged."""
        return [(int(row[TIMESTEPS]), row[tag]) for row in self.rows if tag in row]

    def of_policies(self) -> dict[str, TrainingLog]:
        """Return the log of each of several policies, with the tags of a run of one; or nothing."""
        return {
            name: TrainingLog(f"{self.experiment}: {name}", tuple(rows), self.config)
            for name, rows in rows_of_policies(self.rows).items()
        }

    def tags(self) -> tuple[str, ...]:
        """Return all tags, in the order in which they appeared."""
        return tuple(dict.fromkeys(tag for row in self.rows for tag in row if tag != TIMESTEPS))


def read_training_log(paths: RunPaths) -> TrainingLog:
    """Read the logs of a run.

    Raises:
        UsageError: there is no such run, it logged nothing, or a file is damaged.
    """
    if not paths.logs.is_dir():
        known = ", ".join(experiments(paths.root)) or "none"
        raise UsageError(
            f"no logs of the experiment {paths.experiment!r}: {paths.logs} does not exist; there "
            f"are {known}"
        )
    try:
        if paths.metrics.is_file():
            rows = [_row(row) for row in read_metrics(paths.metrics)]
        else:
            rows = _read_events(paths.logs)
        rows = [row for row in rows if len(row) > 1]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"the logs in {paths.logs} are damaged: {error}") from error
    if not rows:
        raise UsageError(f"{paths.logs} holds no scalars: neither metrics.jsonl nor events.*")
    return TrainingLog(paths.experiment, tuple(rows), _read_config(paths.config))


def _row(raw: dict[str, Any]) -> dict[str, float]:
    return {
        tag: math.nan if value is None else float(value)
        for tag, value in raw.items()
        if tag != "time"
    }


def _read_events(folder: Path) -> list[dict[str, float]]:
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    # 0: all of them; the default keeps a sample.
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    rows: dict[int, dict[str, float]] = {}
    for tag in events.Tags()["scalars"]:
        for event in events.Scalars(tag):
            row = rows.setdefault(event.step, {TIMESTEPS: event.step})
            row[tag] = float(event.value) if math.isfinite(event.value) else math.nan
    return [rows[step] for step in sorted(rows)]


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return brought_up(config) if isinstance(config, dict) else {}
