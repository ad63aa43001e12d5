"""The JSON file of a study: what was planned, and one row for each run that is done.

Called by the results of studies, which know what a row is and which changes of a plan matter. The
file is written after each run, and a later call with the same plan takes its rows over.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rl_training.errors import UsageError
from rl_training.runs.atomic import write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row")
_FORMAT = 1


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
