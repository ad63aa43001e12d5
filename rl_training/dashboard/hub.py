"""What the parts of the server share: the runs of one root, their series, and orders to them.

Made by `server`; used by `rest` and `stream`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from rl_training.dashboard.control import Controls
from rl_training.dashboard.index import RunIndex
from rl_training.dashboard.starts import Starter
from rl_training.dashboard.store import SeriesStore
from rl_training.runs.status import read_status

_AHEAD_RUNS = 100
_AHEAD_BYTES = 32 << 20
"""A longer run is read when somebody looks at it."""
_AHEAD_PAUSE_S = 0.005


class Hub:
    """Everything that is known of a root.

    Args:
        root: folder of `models/` and `logs/`.
        secrets: words that no answer may hold.
    """

    def __init__(self, root: Path, secrets: tuple[str, ...]) -> None:
        self.index = RunIndex(root)
        self.store = SeriesStore()
        self.starter = Starter(self.index.root)
        self.controls = Controls(self.index, self.starter)
        self.secrets = secrets
        self.sockets = 0

    def rows(self) -> list[dict[str, Any]]:
        """Return all runs, those on their way included."""
        self.starter.reap()
        found = {row["name"]: row for row in self.index.rows()}
        for name, row in found.items():
            if row["stage"] == "failed":
                status = read_status(self.index.paths(name).status)
                row["message"] = "" if status is None else status.message
        found |= {row["name"]: row for row in self.starter.waiting()}
        return sorted(found.values(), key=lambda row: -float(row["written"]))

    def config_mark(self, name: str) -> tuple[int, str]:
        """Return what changes when a run's settings do: when they were written, and by hand.

        Raises:
            NoSuchRunError: there is no such run.
            OSError: it has no settings.
        """
        paths = self.index.known(name)
        status = read_status(paths.status)
        told = [] if status is None else [a for a in status.acknowledged if a["command"] == "set"]
        last = "" if not told else f"{told[-1]['id']} {told[-1]['result']}"
        return paths.config.stat().st_mtime_ns, last

    @contextlib.asynccontextmanager
    async def reading_ahead(self) -> AsyncIterator[None]:
        """Read the newest runs while nobody asks, so that a page opens at once."""
        job = asyncio.create_task(self._read_ahead())
        try:
            yield
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)

    async def _read_ahead(self) -> None:
        rows = await asyncio.to_thread(self.index.rows)
        newest = sorted(rows, key=lambda row: -float(row["written"]))[:_AHEAD_RUNS]
        for row in newest:
            path = self.index.paths(row["name"]).metrics
            if path.is_file() and path.stat().st_size <= _AHEAD_BYTES:
                while not (await self.store.read(path)).is_whole:
                    await asyncio.sleep(_AHEAD_PAUSE_S)
            await asyncio.sleep(_AHEAD_PAUSE_S)
