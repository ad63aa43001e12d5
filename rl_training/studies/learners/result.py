"""What the study of learners has measured until now: one row a run, in a JSON file.

Called by `measure`, which adds rows, and by `summary`, `page` and `picture`, which show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.engine.locks import file_lock
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.rows_file import (
    changed_settings,
    read_rows,
    refuse_changes,
    write_result,
)

# Settings of a plan that may differ from those of the rows that are there; tasks and entrants are
# compared one by one.
_FREE = ("seeds", "threshold", "tasks", "entrants")
_WORDS = ("about",)
_NOT_SHOWN = (*_WORDS, "demonstrations")


@dataclass(frozen=True)
class Point:
    """One evaluation.

    Attributes:
        timesteps: decisions in the environment until then, demonstrated ones included.
        seconds: of learning and playing until then by the clock; evaluations, the engines' start
            and the recording of demonstrations left out.
        processor: the same in seconds of one core, of the learner and its engines together: what a
            busy machine does not stretch.
        success: share of its episodes.
    """

    timesteps: int
    seconds: float
    processor: float
    success: float


@dataclass(frozen=True)
class LearnerRow:
    """What one run gave.

    Attributes:
        task: what was learned.
        entrant: who learned.
        seed: of the run.
        demonstrated: decisions of the demonstrations that it used; 0: none.
        curve: the evaluations, the finished policy's as the last.
        successes: episodes of the finished policy that succeeded.
        episodes: of all.
        mean_reward: of an episode of the finished policy.
    """

    task: str
    entrant: str
    seed: int
    demonstrated: int
    curve: tuple[Point, ...]
    successes: int
    episodes: int
    mean_reward: float

    @property
    def end(self) -> Point:
        """The finished policy's."""
        return self.curve[-1]

    def reached(self, threshold: float) -> Point | None:
        """Return the first evaluation with so much success; None: there was none."""
        return next((point for point in self.curve if point.success >= threshold), None)


@dataclass
class LearnersResult:
    """Everything that was measured.

    Attributes:
        command: how it was started.
        machine: where.
        plan: the plan as plain values.
        jobs: runs at a time.
        rows: what is there so far.
    """

    command: str
    machine: Machine
    plan: dict[str, Any]
    jobs: int = 1
    rows: list[LearnerRow] = field(default_factory=list)

    def find(self, task: str, entrant: str, seed: int) -> LearnerRow | None:
        """Return what a run gave, if it was measured."""
        key = (task, entrant, seed)
        return next((r for r in self.rows if (r.task, r.entrant, r.seed) == key), None)

    def of(self, task: str, entrant: str) -> list[LearnerRow]:
        """Return the runs of an entrant on a task by rising seed."""
        found = [row for row in self.rows if (row.task, row.entrant) == (task, entrant)]
        return sorted(found, key=lambda row: row.seed)

    def save(self, path: Path) -> None:
        """Write the JSON file, whole or not at all."""
        write_result(path, self)

    def add(self, row: LearnerRow, path: Path) -> None:
        """Add a row and write the file; rows that other calls wrote meanwhile are kept.

        Raises:
            UsageError: the file is no such result, or its runs were others.
        """
        own = [*self.rows, row]
        with file_lock(path.with_suffix(".lock"), timeout_s=60.0, what="writing the result"):
            self.take_rows(path)
            self.rows += [
                each for each in own if self.find(each.task, each.entrant, each.seed) is None
            ]
            self.save(path)

    def take_rows(self, path: Path) -> None:
        """Take over the rows of an earlier call with the same plan, if the file is there.

        Tasks and entrants may have been added, and those without rows changed; so may
        demonstrations that no row was learned from.

        Raises:
            UsageError: the file is no such result, or its runs were others.
        """
        earlier = read_rows(path, _row)
        if earlier is None:
            return
        before, rows = earlier
        changed = changed_settings(before, self.plan, _FREE)
        for part, names in (
            ("tasks", dict.fromkeys(row.task for row in rows)),
            ("entrants", dict.fromkeys(row.entrant for row in rows)),
        ):
            now = self.plan[part]
            shown = {row.task for row in rows if row.demonstrated} if part == "tasks" else names
            changed += [
                f"{part}.{name}"
                for name in names
                if name in now
                and changed_settings(
                    before[part][name], now[name], _WORDS if name in shown else _NOT_SHOWN
                )
            ]
        refuse_changes(path, changed)
        known = self.plan["tasks"], self.plan["entrants"]
        self.rows = [row for row in rows if row.task in known[0] and row.entrant in known[1]]


def _row(data: Mapping[str, Any]) -> LearnerRow:
    return LearnerRow(**{**data, "curve": tuple(Point(**point) for point in data["curve"])})
