"""What the study of curricula has measured until now: one row a run, in a JSON file.

Called by `measure`, which adds rows, and by `summary`, `page` and `plot`, which show them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.runs.atomic import write_text
from rl_training.studies.benchmark.machine import Machine

_FORMAT = 1
# Settings of a plan that may differ from those of the rows that are there.
_FREE = ("seeds", "kinds", "threshold")


@dataclass(frozen=True)
class Point:
    """One evaluation in training, on the hardest courses.

    Attributes:
        timesteps: decisions of all agents until then.
        seconds: since the engines were started, evaluations left out.
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
class CurriculaResult:
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
    rows: list[CurriculaRow] = field(default_factory=list)

    def find(self, kind: str, seed: int) -> CurriculaRow | None:
        """Return what a run gave, if it was measured."""
        return next((row for row in self.rows if (row.kind, row.seed) == (kind, seed)), None)

    def of_kind(self, kind: str) -> list[CurriculaRow]:
        """Return the runs of a kind by rising seed."""
        found = [row for row in self.rows if row.kind == kind]
        return sorted(found, key=lambda row: row.seed)

    def save(self, path: Path) -> None:
        """Write the JSON file, whole or not at all."""
        data = {"format": _FORMAT, **dataclasses.asdict(self)}
        write_text(path, json.dumps(data, indent=1) + "\n")

    def take_rows(self, path: Path) -> None:
        """Take over the rows of an earlier call with the same plan, if the file is there.

        Raises:
            UsageError: the file is no such result, or its runs were others.
        """
        if not path.is_file():
            return
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            before: Mapping[str, Any] = data["plan"]
            rows = [_row(each) for each in data["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path} is no result of this study: {error!r}") from error
        changed = [name for name in self.plan if name not in _FREE and _differ(self, before, name)]
        changed += [
            f"kinds.{kind}"
            for kind in dict.fromkeys(row.kind for row in rows)
            if kind in self.plan["kinds"]
            and self.plan["kinds"][kind]["settings"] != before["kinds"][kind]["settings"]
        ]
        if changed:
            raise UsageError(
                f"{path} holds runs of another plan (other: {', '.join(changed)}): give another "
                "--output, or delete it"
            )
        self.rows = [row for row in rows if row.kind in self.plan["kinds"]]


def _differ(result: CurriculaResult, before: Mapping[str, Any], name: str) -> bool:
    return bool(before.get(name) != json.loads(json.dumps(result.plan[name])))


def _row(data: Mapping[str, Any]) -> CurriculaRow:
    return CurriculaRow(
        **{
            **data,
            "curve": tuple(Point(**point) for point in data["curve"]),
            "tests": {name: FinalTest(**test) for name, test in data["tests"].items()},
        }
    )
