"""Several runs side by side: the settings that differ, and their metrics at equal timesteps.

Called by `spacetime-rl runs compare`. It reads logs; it knows no learner and needs no torch.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rl_training.runs.listing import read_settings
from rl_training.runs.paths import RunPaths
from rl_training.runs.policy_tags import policies_in, policy_tag
from rl_training.runs.settings_diff import settings_that_differ
from rl_training.runs.text_table import text_table
from rl_training.runs.training_log import TrainingLog, read_training_log

SHOWN = (
    "rollout/ep_rew_mean",
    "rollout/success_rate",
    "eval/mean_reward",
    "eval/success_rate",
    "rollout/ep_len_mean",
    "time/fps",
)
"""The metrics that are compared unless others are named; what no run has is left out."""
SHOWN_OF_POLICIES = (
    "rollout/ep_rew_mean",
    "rollout/success_rate",
    "eval/mean_reward",
    "eval/success_rate",
)
"""What is compared of each of several policies."""
POINTS = 5
"""Timesteps at which metrics are compared."""


@dataclass(frozen=True)
class RunComparison:
    """Runs side by side.

    Attributes:
        runs: their names.
        settings: dotted path to {run: value}, of the settings that differ.
        timesteps: at which the metrics are compared, up to the end of the shortest run.
        metrics: tag to {run: values at `timesteps`}; None before a run's first value.
    """

    runs: tuple[str, ...]
    settings: dict[str, dict[str, Any]]
    timesteps: tuple[int, ...]
    metrics: dict[str, dict[str, list[float | None]]]


def compare_runs(
    runs: Sequence[RunPaths], tags: Sequence[str] | None = None, points: int = POINTS
) -> RunComparison:
    """Compare runs.

    Args:
        runs: at least one, of different names.
        tags: metrics to compare; None: `SHOWN`, and `SHOWN_OF_POLICIES` of each of several
            policies.
        points: timesteps at which they are compared, >= 1.

    Raises:
        UsageError: there is no such run, or its logs are damaged.
    """
    logs = {run.experiment: read_training_log(run) for run in runs}
    end = min(log.timesteps for log in logs.values())
    at = sorted({round(end * (i + 1) / points) for i in range(points)})
    metrics: dict[str, dict[str, list[float | None]]] = {}
    for tag in _shown(logs.values()) if tags is None else tags:
        row = {name: _at(log.series(tag), at) for name, log in logs.items()}
        if any(value is not None for values in row.values() for value in values):
            metrics[tag] = row
    return RunComparison(
        runs=tuple(logs),
        settings=settings_that_differ({run.experiment: _settings(run) for run in runs}),
        timesteps=tuple(at),
        metrics=metrics,
    )


def comparison_text(comparison: RunComparison) -> str:
    """Return the comparison as tables for people."""
    names = comparison.runs
    parts = []
    if comparison.settings:
        rows = [
            (path, *(str(row[name]) for name in names)) for path, row in comparison.settings.items()
        ]
        parts.append(text_table(("settings that differ", *names), rows))
    else:
        parts.append("the runs have the same settings")
    steps = [f"{step:,}" for step in comparison.timesteps]
    for tag, by_run in comparison.metrics.items():
        cells = [(name, *(_text(value) for value in by_run[name])) for name in names]
        parts.append(text_table((f"{tag} at", *steps), cells))
    return "\n\n".join(parts)


def comparison_json(comparison: RunComparison) -> str:
    """Return {"format": 1, ...} with the attributes of `RunComparison`."""
    return json.dumps({"format": 1, **asdict(comparison)}, indent=1)


def _shown(logs: Iterable[TrainingLog]) -> list[str]:
    policies = policies_in(tag for log in logs for tag in log.tags())
    return [*SHOWN, *(policy_tag(name, tag) for name in policies for tag in SHOWN_OF_POLICIES)]


def _settings(run: RunPaths) -> dict[str, Any]:
    own = ("experiment_name", "run_root", "resume")
    return {name: value for name, value in read_settings(run).items() if name not in own}


def _at(series: list[tuple[int, float]], timesteps: Sequence[int]) -> list[float | None]:
    """Return the newest value at or before each of the timesteps."""
    kept = sorted((step, value) for step, value in series if not math.isnan(value))
    steps = np.array([step for step, _ in kept], dtype=np.int64)
    places = np.searchsorted(steps, np.asarray(timesteps), side="right")
    return [kept[place - 1][1] if place else None for place in places]


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
