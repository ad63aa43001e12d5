"""What the study has measured until now: one row a run, in a JSON file."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.runs.atomic import write_text
from rl_training.scenarios import get_scenario
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.bug_count.plan import Run
from rl_training.studies.bug_count.tally import Tally

_FORMAT = 1
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

    @classmethod
    def of(cls, run: Run, tally: Tally, seconds: float) -> BugRow:
        """Make a row of a run's counts."""
        return cls(
            *run,
            tally.decisions,
            tally.episodes,
            dict(tally.with_kind),
            dict(tally.first),
            len(tally.cells),
            round(seconds, 1),
        )

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
        data = {"format": _FORMAT, **dataclasses.asdict(self)}
        write_text(path, json.dumps(data, indent=1) + "\n")

    def take_rows(self, path: Path) -> None:
        """Take over the rows of an earlier call with the same budget, if the file is there.

        Raises:
            UsageError: the file is no such result, or its budget was another.
        """
        if not path.is_file():
            return
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            before = data["plan"]
            rows = [BugRow(**each) for each in data["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path} is no result of this study: {error!r}") from error
        now = json.loads(json.dumps(self.plan))
        changed = [name for name in now if name not in _FREE and before.get(name) != now[name]]
        if changed:
            raise UsageError(
                f"{path} holds runs of another plan (other: {', '.join(changed)}): give another "
                "--output, or delete it"
            )
        self.rows = rows
