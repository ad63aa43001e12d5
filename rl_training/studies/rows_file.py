"""The JSON file of a study: what was planned, and one row for each run that is done.

Called by the results of studies, which know what a row is and which changes of a plan matter. The
file is written after each run, and a later call with the same plan takes its rows over.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rl_training.engine.locks import file_lock
from rl_training.errors import UsageError
from rl_training.runs.atomic import write_text
from rl_training.studies.benchmark.machine import Machine

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row")
_FORMAT = 1


@dataclass
class PlannedResult(Generic[Row]):
    """Everything that a study with a plan has measured.

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
    rows: list[Row] = field(default_factory=list)

    def key(self, row: Row) -> tuple[Any, ...]:
        """Return what tells a row from others."""
        raise NotImplementedError

    def find(self, *key: Any) -> Row | None:
        """Return what the run with this key gave, if it was measured."""
        return next((row for row in self.rows if self.key(row) == key), None)

    def take_rows(self, path: Path) -> None:
        """Take over the rows of an earlier call with the same plan, if the file is there.

        Raises:
            UsageError: the file is no such result, or its runs were others.
        """
        raise NotImplementedError

    def save(self, path: Path) -> None:
        """Write the JSON file, whole or not at all."""
        write_result(path, self)

    def add(self, row: Row, path: Path) -> None:
        """Add a row and write the file; rows that other calls wrote meanwhile are kept.

        Raises:
            UsageError: the file is no such result, or its runs were others.
        """
        own = [*self.rows, row]
        with file_lock(path.with_suffix(".lock"), timeout_s=60.0, what="writing the result"):
            self.take_rows(path)
            have = {self.key(each) for each in self.rows}
            self.rows += [each for each in own if self.key(each) not in have]
            self.save(path)


def write_result(path: Path, result: DataclassInstance) -> None:
    """Write a result, whole or not at all."""
    data = {"format": _FORMAT, **dataclasses.asdict(result)}
    write_text(path, json.dumps(data, indent=1) + "\n")


def read_rows(
    path: Path, row: Callable[[Mapping[str, Any]], Row]
) -> tuple[Mapping[str, Any], list[Row]] | None:
    """Return the plan and the rows of a file; None: it is not there.

    Args:
        path: of the file.
        row: makes a row of its plain values; what it raises for wrong ones is told as UsageError.

    Raises:
        UsageError: the file is no such result.
    """
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        plan: Mapping[str, Any] = data["plan"]
        return plan, [row(each) for each in data["rows"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no result of this study: {error!r}") from error


def changed_settings(
    before: Mapping[str, Any], now: Mapping[str, Any], free: Iterable[str]
) -> list[str]:
    """Return the settings in which two plans differ, but for those that may.

    A setting that the earlier plan did not know, and that is empty now, changes nothing.
    """
    as_kept: Mapping[str, Any] = json.loads(json.dumps(now))
    free = set(free)
    return [
        name
        for name, value in as_kept.items()
        if name not in free and before.get(name) != value and (name in before or value)
    ]


def refuse_changes(path: Path, changed: Sequence[str]) -> None:
    """Refuse to go on with the rows of another plan.

    Raises:
        UsageError: something changed.
    """
    if changed:
        raise UsageError(
            f"{path} holds runs of another plan (other: {', '.join(changed)}): give another "
            "--output, or delete it"
        )
