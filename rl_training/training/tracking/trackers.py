"""The trackers by name, and what all of them are told about a run.

Called by the pipeline once a run. A tracker is a Stable-Baselines3 `KVWriter`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stable_baselines3.common.logger import KVWriter

from rl_training.config import nearest
from rl_training.errors import ConfigError, UsageError
from rl_training.redaction import without_secrets
from rl_training.runs.settings_diff import flatten_settings

TRACKERS: dict[str, str] = {
    "tensorboard": "tensorboard",
    "wandb": "wandb",
    "mlflow": "mlflow-skinny",
    "trackio": "trackio",
}
"""Name of the tracker to the package that it needs."""


@dataclass(frozen=True)
class TrackedRun:
    """What a tracker is told about a run.

    Attributes:
        experiment: its name.
        id: of this very run or resumed part.
        logs: its folder; trackers that keep files locally put them here.
        config: its settings, dotted path to value; secrets are blanked.
        project: the name under which trackers group runs.
    """

    experiment: str
    id: str
    logs: Path
    config: dict[str, Any] = field(default_factory=dict)
    project: str = "spacetime-rl"


def make_trackers(
    names: Sequence[str],
    experiment: str,
    run_id: str,
    logs: Path,
    config: Mapping[str, Any],
) -> list[KVWriter]:
    """Return the outputs that log a run; close each when the run ends (`Logger.close` does).

    Args:
        names: of `TRACKERS`.
        experiment: name of the run.
        run_id: of this very run, `RunSession.id`.
        logs: the run's folder of logs.
        config: its settings, nested; secrets are blanked.

    Raises:
        ConfigError: a name is unknown.
        UsageError: a tracker's package is not installed, or it cannot begin (not logged in).
    """
    run = TrackedRun(experiment, run_id, logs, flatten_settings(without_secrets(config)))
    made: list[KVWriter] = []
    try:
        for name in dict.fromkeys(names):
            made.append(_make(name, run))
    except BaseException:
        for each in made:
            each.close()
        raise
    return made


def _make(name: str, run: TrackedRun) -> KVWriter:
    if name not in TRACKERS:
        raise ConfigError(
            f"unknown tracker {name!r}.{nearest(name, TRACKERS)} Known: {', '.join(TRACKERS)}"
        )
    try:
        module = importlib.import_module(f"rl_training.training.tracking.{name}_tracker")
        found: KVWriter = module.make(run)
    except ImportError as error:
        raise UsageError(
            f"--track {name} needs the package {TRACKERS[name]} ({error}): "
            f"python -m pip install {TRACKERS[name]}"
        ) from error
    return found


def scalars(key_values: Mapping[str, Any]) -> dict[str, float]:
    """Return what is a number."""
    found: dict[str, float] = {}
    for tag, value in key_values.items():
        number = value.item() if hasattr(value, "item") else value
        if isinstance(number, (int, float)):
            found[tag] = float(number)
    return found
