"""What the study has measured until now: one row a run, in a JSON file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.scenarios import get_scenario
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.bug_count.plan import Run
from rl_training.studies.rows_file import (
    changed_settings,
    read_rows,
    refuse_changes,
    write_result,
)

# What may be extended by a later call.
_FREE = ("scenarios", "finders", "seeds")


@dataclass(frozen=True)
class BugRow:
    """What one run found.

    Attributes:
        scenario: that was played.
        finder: who looked.
        variant: "bugs" or "clean".
        seed: of the run.
        decisions: over all arenas, training included.
        episodes: that ended or were cut off.
        with_kind: kind of finding to the episodes that showed it.
        first: kind of finding to the decisions until it was first seen.
        cells: that were entered.
        seconds: that it took.
    """

    scenario: str
    finder: str
    variant: str
    seed: int
    decisions: int
    episodes: int
    with_kind: dict[str, int]
    first: dict[str, int]
    cells: int
    seconds: float

    @property
    def run(self) -> Run:
        """Which run it is."""
        return Run(self.scenario, self.finder, self.variant, self.seed)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that show planted bugs of the scenario."""
        return tuple(dict.fromkeys(get_scenario(self.scenario).planted_bugs.values()))

    @property
    def found(self) -> int:
        """How many of the planted bugs' kinds were seen."""
        return sum(kind in self.first for kind in self.kinds)

    def per_thousand(self, kind: str) -> float:
        """Return the episodes with a kind of finding among 1,000."""
        return 1000.0 * self.with_kind.get(kind, 0) / max(self.episodes, 1)


@dataclass
class BugResult:
    """Everything that was measured.

    Attributes:
        command: how it was started.
        machine: where.
        plan: as plain values.
        rows: what is there so far.
    """

    command: str
    machine: Machine
    plan: dict[str, Any]
    rows: list[BugRow] = field(default_factory=list)

    def has(self, run: Run) -> bool:
        """Whether a run was measured."""
        return any(row.run == run for row in self.rows)

    def of(self, scenario: str, finder: str, variant: str) -> list[BugRow]:
        """Return the rows of a scenario, finder and variant by rising seed."""
        found = [row for row in self.rows if row.run[:3] == (scenario, finder, variant)]
        return sorted(found, key=lambda row: row.seed)

    def save(self, path: Path) -> None:
        """Write the JSON file, whole or not at all."""
        write_result(path, self)

    def take_rows(self, path: Path) -> None:
        """Take over the rows of an earlier call with the same budget, if the file is there.

        Raises:
            UsageError: the file is no such result, or its budget was another.
        """
        earlier = read_rows(path, lambda data: BugRow(**data))
        if earlier is not None:
            before, rows = earlier
            refuse_changes(path, changed_settings(before, self.plan, _FREE))
            self.rows = rows
