"""artefacts.json: the files that a run made, so that nobody has to guess them from their names.

Written by `session`; read by `listing` and by a dashboard.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rl_training.runs.atomic import write_text
from rl_training.runs.paths import RunPaths

Kind = Literal["checkpoint", "best", "final", "onnx", "report"]


@dataclass(frozen=True)
class Artefact:
    """One file of a run.

    Attributes:
        kind: what it is.
        path: relative to the root, with "/"; absolute when it lies elsewhere.
        timesteps: decisions of all agents when it was made.
    """

    kind: Kind
    path: str
    timesteps: int


def add_artefact(paths: RunPaths, kind: Kind, file: Path, timesteps: int) -> Artefact:
    """Add a file to the list; one of the same path is replaced.

    Raises:
        StorageError: the list cannot be written.
    """
    made = Artefact(kind, _relative(paths, file), timesteps)
    others = [each for each in _read(paths) if each.path != made.path]
    rows = [asdict(each) for each in (*others, made)]
    write_text(paths.artefacts, json.dumps({"format": 1, "artefacts": rows}, indent=1) + "\n")
    return made


def read_artefacts(paths: RunPaths) -> list[Artefact]:
    """Return the files that still exist, in the order in which they were made."""
    return [each for each in _read(paths) if (paths.root / each.path).is_file()]


def _read(paths: RunPaths) -> list[Artefact]:
    try:
        data: Any = json.loads(paths.artefacts.read_text(encoding="utf-8"))
        return [Artefact(**row) for row in data["artefacts"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _relative(paths: RunPaths, file: Path) -> str:
    try:
        return file.resolve().relative_to(paths.root.resolve()).as_posix()
    except ValueError:
        return str(file.resolve())
