"""What a training run is held to: defaults, a file, flags; each replaces the one before."""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.errors import ConfigError, UsageError, nearest


@dataclass(frozen=True)
class Thresholds:
    """Limits of `validate_training_metrics.py`; None: the value is shown and not judged.

    Attributes:
        min_reward: of the last mean return of an episode (`rollout/ep_rew_mean`).
        min_success_rate: of the last share of successes, in [0, 1].
        min_timesteps: that the run must have done; None: those of its settings.
        max_physics_time: milliseconds of the longest physics tick; a tick steps all arenas of an
            engine.
        max_mean_physics_time: milliseconds of a tick on average, of the slowest rollout.
        min_fps: decisions a second.
        max_kl: of the policy's change in an update (`train/approx_kl`), median of five.
        min_kl: of the same while the learning rate is not near zero; less: nothing is learned.
        min_std: deviation of continuous actions below which they no longer explore. Where the run
            bounds the deviation itself, half of the bound if that is less.
        min_entropy_share: entropy of discrete actions, as a share of the largest in the run.
        max_restarts: engines that failed and were replaced.
    """

    min_reward: float | None = None
    min_success_rate: float | None = None
    min_timesteps: float | None = None
    max_physics_time: float | None = None
    max_mean_physics_time: float | None = None
    min_fps: float | None = None
    max_kl: float | None = 0.1
    min_kl: float | None = 1e-5
    min_std: float | None = 0.02
    min_entropy_share: float | None = 0.01
    max_restarts: float | None = None

    def __post_init__(self) -> None:
        for name in threshold_names():
            value = getattr(self, name)
            if value is None:
                continue
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value):
                raise ConfigError(f"{name} must be a number; found {value!r}")
            if name != "min_reward" and value < 0:
                raise ConfigError(f"{name} must be at least 0; found {value!r}")

    def replace(self, changes: Mapping[str, Any]) -> Thresholds:
        """Return a copy with `changes`.

        Raises:
            ConfigError: a name is unknown, or a value is no number or out of range.
        """
        known = threshold_names()
        for name in changes:
            if name not in known:
                raise ConfigError(
                    f"unknown threshold {name!r}.{nearest(name, known)} Known: {', '.join(known)}"
                )
        return dataclasses.replace(self, **changes)


def threshold_names() -> tuple[str, ...]:
    """Return the names of all thresholds."""
    return tuple(item.name for item in dataclasses.fields(Thresholds))


def read_thresholds(path: Path) -> dict[str, Any]:
    """Read a file of thresholds: TOML or JSON, by its ending; names to numbers, JSON's null: none.

    Raises:
        UsageError: there is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"no thresholds at {path}")
    data: Any
    try:
        if path.suffix == ".toml":
            try:
                tomllib = importlib.import_module("tomllib")
            except ModuleNotFoundError:
                raise UsageError(f"{path}: TOML needs Python 3.11 or newer; use JSON") from None
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        else:
            data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise UsageError(f"{path} must hold names and numbers; found {type(data).__name__}")
    return data
