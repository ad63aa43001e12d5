"""The addon's launch arguments with which engines record episodes (docs/replay.md)."""

from __future__ import annotations

import math
from pathlib import Path

from rl_training.runs.provenance import UNKNOWN, commit

FAILURE_BYTES = 256 << 20
"""Bytes of failed episodes that a run keeps at most."""


def record_episodes(folder: Path, episodes: int) -> tuple[str, ...]:
    """Return what makes engines record the episodes 0 to `episodes` - 1 with the scene's state."""
    return (f"--record={folder.resolve()}", f"--record_episodes={episodes}", *_commit())


def record_failures(folder: Path, count: int, engines: int) -> tuple[str, ...]:
    """Return what makes engines keep the newest failed episodes, `count` over all of them.

    Without the scene's state, which costs too much for a run that learns.
    """
    return (
        f"--record={folder.resolve()}",
        f"--record_failures={math.ceil(count / engines)}",
        f"--record_bytes={FAILURE_BYTES // engines}",
        "--record_detail=light",
        *_commit(),
    )


def _commit() -> tuple[str, ...]:
    found = commit()
    return () if found == UNKNOWN else (f"--record_commit={found}",)
