"""What the benchmark measures and how long, as a value. Light: no torch, so `--help` is quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.config import default_num_envs
from rl_training.errors import ConfigError
from rl_training.studies.benchmark.cells import QUICK_CELLS

_AGENTS_AIMED_AT = 128
_REPEATS = 5
_SECONDS = 3.0
_QUICK_SECONDS = 0.3


@dataclass(frozen=True)
class BenchmarkSettings:
    """What to measure and how long.

    Attributes:
        scenario: whose scene is measured.
        num_envs: engine processes, >= 1.
        arenas: copies of the scene in each, >= 1.
        repeats: how often the cells are gone through, >= 1.
        seconds: about how long a cell measures, > 0.
        only: names of cells; empty: all.
        scaling: measure the scaling table as well.
        time_to_solve: measure how long it takes to learn the scenario as well.
        resume: keep the stages that `json` already holds, measure those that it lacks.
        dry_run: measure nothing, write the empty tables.
        only_solve: leave the cells out.
        godot: engine binary; None: found or installed.
        seed: of episodes and actions, in [0, 2**31).
        json: file of the result; None: none.
        markdown: file of the tables; None: none.
    """

    scenario: str = "vr_locomotion"
    num_envs: int = 1
    arenas: int = 64
    repeats: int = _REPEATS
    seconds: float = _SECONDS
    only: tuple[str, ...] = ()
    scaling: bool = False
    time_to_solve: bool = False
    resume: bool = False
    dry_run: bool = False
    only_solve: bool = False
    godot: str | None = None
    seed: int = 0
    json: Path | None = None
    markdown: Path | None = None

    def __post_init__(self) -> None:
        if self.resume and self.json is None:
            raise ConfigError("--resume goes on with the result in --json: give that too")
        for name in ("num_envs", "arenas", "repeats"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; found {getattr(self, name)}")
        if not 0.0 < self.seconds < float("inf"):
            raise ConfigError(f"seconds must be a positive number; found {self.seconds}")
        if not 0 <= self.seed < 2**31:
            raise ConfigError(f"seed must be in [0, {2**31 - 1}]; found {self.seed}")


def chosen_settings(quick: bool, values: Mapping[str, Any]) -> BenchmarkSettings:
    """Fill in what was left open.

    Args:
        quick: one short round of a few cells.
        values: attributes of `BenchmarkSettings`; None or empty: to be chosen.

    Raises:
        ConfigError: a value is out of range.
    """
    filled = dict(values)
    if quick:
        filled["only"] = filled["only"] or QUICK_CELLS
    if filled["num_envs"] is None:
        filled["num_envs"] = default_num_envs()
    if filled["repeats"] is None:
        filled["repeats"] = 1 if quick else _REPEATS
    if filled["seconds"] is None:
        filled["seconds"] = _QUICK_SECONDS if quick else _SECONDS
    if filled["arenas"] is None:
        filled["arenas"] = max(1, _AGENTS_AIMED_AT // max(1, filled["num_envs"]))
    filled["only"] = tuple(filled["only"])
    return BenchmarkSettings(**filled)
