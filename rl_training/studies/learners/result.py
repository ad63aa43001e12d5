"""What the study of learners has measured until now: one row a run, in a JSON file.

Called by `measure`, which adds rows, and by `summary`, `page` and `picture`, which show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.studies.rows_file import (
    PlannedResult,
    changed_settings,
    read_rows,
    refuse_changes,
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
class LearnersResult(PlannedResult[LearnerRow]):
    """Everything that was measured."""

    def key(self, row: LearnerRow) -> tuple[str, str, int]:
        """See `PlannedResult`."""
        return row.task, row.entrant, row.seed

    def of(self, task: str, entrant: str) -> list[LearnerRow]:
        """Return the runs of an entrant on a task by rising seed."""
        found = [row for row in self.rows if (row.task, row.entrant) == (task, entrant)]
        return sorted(found, key=lambda row: row.seed)

    def take_rows(self, path: Path) -> None:
        """See `PlannedResult`.

        Tasks and entrants may have been added, and those without rows changed; so may
        demonstrations that no row was learned from.
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
