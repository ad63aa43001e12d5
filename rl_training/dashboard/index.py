"""The runs of a root as the dashboard lists them, and the only way from a name to files.

Called by all parts of the server. A run that did not change is not read again. A name that is not
a folder of `logs/`, or whose files lead out of the root, is no run.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError, nearest
from rl_training.runs.listing import run_row
from rl_training.runs.paths import RunPaths, experiments
from rl_training.runs.status import ENDED

MOST_RUNS = 5000
"""Runs that are listed; the newest of more."""


class NoSuchRunError(UsageError):
    """No run of this name lies in the root."""


@dataclass
class _Known:
    signature: tuple[int, ...]
    row: dict[str, Any]


class RunIndex:
    """Lists the runs of a root.

    Args:
        root: folder of `models/` and `logs/`; it may not exist yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._known: dict[str, _Known] = {}

    def rows(self) -> list[dict[str, Any]]:
        """Return the runs, each as `RunRow` with `written` (Unix seconds) in place of its age."""
        found: dict[str, _Known] = {}
        for name in experiments(self.root)[-MOST_RUNS:]:
            paths = RunPaths(name, self.root)
            if not self._is_inside(paths):
                continue
            signature = _signature(paths)
            known = self._known.get(name)
            # Whether the process of a living run still lives is in no file.
            if known is None or known.signature != signature or _may_die(known.row):
                known = _Known(signature, self._row(paths))
            found[name] = known
        self._known = found
        return [each.row for each in found.values()]

    def row(self, name: str) -> dict[str, Any]:
        """Return one run.

        Raises:
            NoSuchRunError: there is none.
        """
        return self._row(self.paths(name))

    def paths(self, name: str) -> RunPaths:
        """Return where a run's files are.

        Raises:
            NoSuchRunError: there is no such run in the root.
        """
        names = experiments(self.root)
        paths = RunPaths(name, self.root)
        if name not in names or not self._is_inside(paths):
            raise NoSuchRunError(f"no run {name!r} in {self.root}.{nearest(name, names)}")
        return paths

    def known(self, name: str) -> RunPaths:
        """Return where the files of a run are that was listed before, without a look at the disk.

        Raises:
            NoSuchRunError: there is no such run in the root.
        """
        return RunPaths(name, self.root) if name in self._known else self.paths(name)

    def _row(self, paths: RunPaths) -> dict[str, Any]:
        row = asdict(run_row(paths))
        row["written"] = round(time.time() - row.pop("age_s"), 1)
        return row

    def _is_inside(self, paths: RunPaths) -> bool:
        files = (paths.status, paths.metrics, paths.config, paths.train_log, paths.artefacts)
        links = [file for file in (paths.logs, *files, paths.failures) if file.is_symlink()]
        return all(file.resolve().is_relative_to(self.root) for file in links)


def _may_die(row: dict[str, Any]) -> bool:
    return row["stage"] not in ENDED and row["stage"] != "unknown"


def _signature(paths: RunPaths) -> tuple[int, ...]:
    found: list[int] = []
    for file in (paths.status, paths.metrics):
        try:
            about = file.stat()
        except OSError:
            found += [0, 0, 0]
        else:
            found += [about.st_ino, about.st_mtime_ns, about.st_size]
    return tuple(found)
