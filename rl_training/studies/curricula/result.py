"""What the study of curricula has measured until now: one row a run, in a JSON file.

Called by `measure`, which adds rows, and by `summary`, `page` and `plot`, which show them.
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

# Settings of a plan that may differ from those of the rows that are there.
_FREE = ("seeds", "kinds", "threshold")


@dataclass(frozen=True)
class Point:
    """One evaluation in training, on the hardest courses.

    Attributes:
        timesteps: decisions of all agents until then.
        seconds: of learning until then, evaluations and the engines' start left out.
        success: share of its episodes.
    """

    timesteps: int
    seconds: float
    success: float


@dataclass(frozen=True)
class FinalTest:
    """One evaluation of a finished policy, in the engine.

    Attributes:
        successes: episodes that succeeded.
        episodes: of all.
        mean_reward: of an episode.
    """

    successes: int
    episodes: int
    mean_reward: float

    @property
    def success(self) -> float:
        """Share of its episodes."""
        return self.successes / self.episodes


@dataclass(frozen=True)
class CurriculaRow:
    """What one run gave.

    Attributes:
        kind: how it was trained.
        seed: of the run.
        timesteps: decisions of all agents.
        seconds: of learning, evaluations and the engines' start left out.
        curve: the evaluations in training.
        tests: those of the finished policy by name; "hardest" is one.
    """

    kind: str
    seed: int
    timesteps: int
    seconds: float
    curve: tuple[Point, ...]
    tests: dict[str, FinalTest]

    def reached(self, threshold: float) -> Point | None:
        """Return the first evaluation with so much success; None: there was none."""
        return next((point for point in self.curve if point.success >= threshold), None)


@dataclass
class CurriculaResult(PlannedResult[CurriculaRow]):
    """Everything that was measured."""

    def key(self, row: CurriculaRow) -> tuple[str, int]:
        """See `PlannedResult`."""
        return row.kind, row.seed

    def of_kind(self, kind: str) -> list[CurriculaRow]:
        """Return the runs of a kind by rising seed."""
        found = [row for row in self.rows if row.kind == kind]
        return sorted(found, key=lambda row: row.seed)

    def take_rows(self, path: Path) -> None:
        """See `PlannedResult`. Kinds may have been added, and those without rows changed."""
        earlier = read_rows(path, _row)
        if earlier is None:
            return
        before, rows = earlier
        kinds = self.plan["kinds"]
        other_kinds = [
            f"kinds.{kind}"
            for kind in dict.fromkeys(row.kind for row in rows)
            if kind in kinds and kinds[kind]["settings"] != before["kinds"][kind]["settings"]
        ]
        refuse_changes(path, changed_settings(before, self.plan, _FREE) + other_kinds)
        self.rows = [row for row in rows if row.kind in kinds]


def _row(data: Mapping[str, Any]) -> CurriculaRow:
    return CurriculaRow(
        **{
            **data,
            "curve": tuple(Point(**point) for point in data["curve"]),
            "tests": {name: FinalTest(**test) for name, test in data["tests"].items()},
        }
    )
