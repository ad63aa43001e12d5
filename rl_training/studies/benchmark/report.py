"""The result of a run of the suite, and its JSON.

The JSON: `format` (1), `machine` (fields of `machine.Machine`), `settings` (fields of
`BenchmarkSettings`), `cells` and `scaling` (lists: name, label, unit, processes, arenas, agents of
one copy times copies, `task`, `values` by quantity and repeat, `spread` by quantity: median, low,
high, count; `failures` by repeat), `ratios` (name, label, top, bottom, values by repeat, spread,
at_least, reached), `times` (name, label, cell, quantity, spread, below, reached), `time_to_solve`
(fields of `TimeToSolve`, or null), `resumed` (fields of `machine.Machine`, or null).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.errors import ConfigError
from rl_training.studies.benchmark.cells import RATIO_GOALS, TIME_GOALS, Cell, RatioGoal, TimeGoal
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.benchmark.settings import BenchmarkSettings
from rl_training.studies.benchmark.statistics import Spread, paired_ratios, spread

FORMAT = 1


@dataclass
class CellResult:
    """What a cell came to.

    Attributes:
        cell: the cell.
        values: quantity ("value" and others) to repeat to number.
        failures: repeat to the reason.
    """

    cell: Cell
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, repeat: int, measurement: dict[str, float]) -> None:
        """Take what one repeat measured."""
        for quantity, value in measurement.items():
            self.values.setdefault(quantity, {})[repeat] = value

    def spread(self, quantity: str = "value") -> Spread | None:
        """Return the spread of a quantity; None when it was not measured."""
        return spread(list(self.values.get(quantity, {}).values()))

    @property
    def failure(self) -> str:
        """One line about the repeats that failed; empty when none did."""
        if not self.failures:
            return ""
        reason = next(iter(self.failures.values()))
        return reason if len(self.failures) == 1 else f"{reason} ({len(self.failures)} times)"

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "name": self.cell.name,
            "label": self.cell.label,
            "unit": self.cell.unit,
            "processes": self.cell.task.num_envs,
            "arenas": self.cell.task.arenas,
            "copies": self.cell.copies,
            "task": self.cell.task.to_dict(),
            "values": self.values,
            "spread": {quantity: _plain(self.spread(quantity)) for quantity in self.values},
            "failures": self.failures,
        }

    def take(self, data: dict[str, Any]) -> None:
        """Take what `to_dict` gave."""
        for quantity, values in data["values"].items():
            self.values[quantity] = {int(repeat): value for repeat, value in values.items()}
        self.failures = {int(repeat): reason for repeat, reason in data["failures"].items()}


@dataclass(frozen=True)
class SolveRow:
    """An intermediate model and how well it plays.

    Attributes:
        timesteps: decisions it was trained for.
        seconds: wall-clock since training began.
        success_rate: over the unseen episodes, in [0, 1].
    """

    timesteps: int
    seconds: float
    success_rate: float


@dataclass(frozen=True)
class TimeToSolve:
    """How long it took to learn the scenario from nothing.

    Attributes:
        episodes: unseen episodes that each model played.
        threshold: success rate that counts as solved, in (0, 1].
        ours: models of this harness's default run, by rising timesteps.
        stock: models of godot-rl's own script settings, given the same wall-clock.
        error: why something is missing, in one line.
    """

    episodes: int
    threshold: float
    ours: tuple[SolveRow, ...] = ()
    stock: tuple[SolveRow, ...] = ()
    error: str = ""

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TimeToSolve:
        """Make one from what `dataclasses.asdict` gave."""
        rows = {name: tuple(SolveRow(**row) for row in data[name]) for name in ("ours", "stock")}
        return cls(**{**data, **rows})

    def solved(self, rows: tuple[SolveRow, ...]) -> SolveRow | None:
        """Return the first of `rows` that reached the threshold."""
        return next((row for row in rows if row.success_rate >= self.threshold), None)


@dataclass(frozen=True)
class RatioResult:
    """A ratio of two cells, repeat by repeat."""

    goal: RatioGoal
    values: tuple[float, ...]

    @property
    def spread(self) -> Spread | None:
        """Its spread; None when one of the cells was not measured."""
        return spread(self.values)

    @property
    def reached(self) -> bool | None:
        """Whether the median reached the goal; None when there is no goal or no measurement."""
        if self.goal.at_least is None or self.spread is None:
            return None
        return self.spread.median >= self.goal.at_least


@dataclass(frozen=True)
class TimeResult:
    """A time with a bound."""

    goal: TimeGoal
    spread: Spread | None

    @property
    def reached(self) -> bool | None:
        """Whether the median stayed below the bound; None when it was not measured."""
        return None if self.spread is None else self.spread.median < self.goal.below


@dataclass
class Report:
    """Everything that one run of the suite found.

    Attributes:
        machine: where it ran.
        settings: how.
        command: the command line that made it.
        cells: in the suite's order, those that were not measured included.
        scaling: likewise; empty when not asked for.
        time_to_solve: None when not asked for.
        resumed: the machine when the later stages were measured, if that was not in the same run.
    """

    machine: Machine
    settings: BenchmarkSettings
    command: str
    cells: list[CellResult]
    scaling: list[CellResult] = field(default_factory=list)
    time_to_solve: TimeToSolve | None = None
    resumed: Machine | None = None

    @property
    def failed(self) -> bool:
        """Whether a cell or the time to solve could not be measured."""
        cells = any(result.failures for result in [*self.cells, *self.scaling])
        return cells or (self.time_to_solve is not None and bool(self.time_to_solve.error))

    def take(self, path: Path, scaling: Sequence[Cell]) -> None:
        """Take the stages that an earlier run's JSON holds.

        Raises:
            ConfigError: there is no such file, or it was made elsewhere or otherwise.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise ConfigError(f"{path}: format {FORMAT} was expected; found {data['format']}")
            earlier = Machine(**data["machine"])
            for name in ("cpu", "cores", "engine", "versions"):
                _expect(path, name, getattr(earlier, name), getattr(self.machine, name))
            for name in ("scenario", "num_envs", "arenas", "repeats", "seconds", "only", "seed"):
                now = getattr(self.settings, name)
                now = list(now) if isinstance(now, tuple) else now
                _expect(path, name, data["settings"][name], now)
            _take_cells(self.cells, data["cells"])
            if data["scaling"]:
                self.scaling = [CellResult(cell) for cell in scaling]
                _take_cells(self.scaling, data["scaling"])
            if data["time_to_solve"] is not None:
                self.time_to_solve = TimeToSolve.from_dict(data["time_to_solve"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"--resume: {path} holds no result of a benchmark: {error}") from None
        self.resumed, self.machine = self.machine, earlier

    def ratios(self) -> list[RatioResult]:
        """Return every ratio of the suite."""
        by_name = {result.cell.name: result.values.get("value", {}) for result in self.cells}
        return [
            RatioResult(
                goal, tuple(paired_ratios(by_name.get(goal.top, {}), by_name.get(goal.bottom, {})))
            )
            for goal in RATIO_GOALS
        ]

    def times(self) -> list[TimeResult]:
        """Return every bounded time of the suite."""
        by_name = {result.cell.name: result for result in self.cells}
        return [
            TimeResult(
                goal, by_name[goal.cell].spread(goal.quantity) if goal.cell in by_name else None
            )
            for goal in TIME_GOALS
        ]

    def to_json(self) -> str:
        """Return the result as JSON text."""
        settings = dataclasses.asdict(self.settings)
        data = {
            "format": FORMAT,
            "command": self.command,
            "machine": dataclasses.asdict(self.machine),
            "settings": {name: _path_as_text(value) for name, value in settings.items()},
            "cells": [result.to_dict() for result in self.cells],
            "scaling": [result.to_dict() for result in self.scaling],
            "ratios": [
                {
                    **dataclasses.asdict(ratio.goal),
                    "values": list(ratio.values),
                    "spread": _plain(ratio.spread),
                    "reached": ratio.reached,
                }
                for ratio in self.ratios()
            ],
            "times": [
                {
                    **dataclasses.asdict(time.goal),
                    "spread": _plain(time.spread),
                    "reached": time.reached,
                }
                for time in self.times()
            ],
            "time_to_solve": None
            if self.time_to_solve is None
            else dataclasses.asdict(self.time_to_solve),
            "resumed": None if self.resumed is None else dataclasses.asdict(self.resumed),
        }
        return json.dumps(data, indent=1) + "\n"


def _expect(path: Path, name: str, expected: object, found: object) -> None:
    if expected != found:
        raise ConfigError(
            f"--resume: {path} was measured with {name} {expected!r}; found {found!r}: "
            "give the same, or measure anew without --resume"
        )


def _take_cells(results: list[CellResult], data: list[dict[str, Any]]) -> None:
    by_name = {each["name"]: each for each in data}
    for result in results:
        result.take(by_name[result.cell.name])


def _plain(value: Spread | None) -> dict[str, Any] | None:
    return None if value is None else dataclasses.asdict(value)


def _path_as_text(value: object) -> object:
    return (
        value if isinstance(value, (bool, int, float, str, list, tuple, type(None))) else str(value)
    )
