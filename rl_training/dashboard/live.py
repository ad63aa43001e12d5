"""The live view: where the bodies of chosen arenas are now (`runs.live_view`).

Called by `stream`, ten times a second while a page looks. It keeps the wish fresh, so that a run
tells nothing any more soon after the last page is closed.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

from rl_training.errors import StorageError
from rl_training.runs.live_view import LEASE_S, LiveReader, arena_file, wish
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status

_RENEW_S = LEASE_S / 3


class LiveView:
    """Looks at arenas of a run.

    Args:
        paths: of the run.
        arenas: numbers of the arenas, over all engines.
    """

    def __init__(self, paths: RunPaths, arenas: list[int]) -> None:
        self.run = paths.experiment
        self._paths = paths
        self._arenas = list(dict.fromkeys(arenas))
        self._renew = 0.0
        self._readers = {arena: LiveReader(arena_file(paths, arena)) for arena in self._arenas}

    def look(self) -> dict[str, Any] | None:
        """Return what is new, {"arenas": {number: {"nodes", "places"}}}; None: nothing is."""
        now = time.monotonic()
        if now >= self._renew:
            self._renew = now + _RENEW_S
            status = read_status(self._paths.status)
            if status is not None and status.is_alive:
                with contextlib.suppress(StorageError):
                    wish(self._paths, self._arenas)
        found: dict[str, Any] = {}
        for arena, reader in self._readers.items():
            nodes, places = reader.take()
            if nodes is not None or places:
                # Only where they are now matters to somebody who looks.
                found[str(arena)] = {"nodes": nodes, "places": places[-20:]}
        return {"arenas": found} if found else None
