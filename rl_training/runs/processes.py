"""Processes that outlive a call: the environment they start in, and whether one still runs.

Called by whatever starts the package's own commands or finds a process by what a file tells of it.
It starts and ends none.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil

SAME_START_S = 1.0
"""How far two readings of one process's start may be apart: the system counts it in clock ticks."""


def package_environment() -> dict[str, str]:
    """Return this process's environment, in which children import this very package."""
    package = str(Path(__file__).resolve().parents[2])
    known = [word for word in os.environ.get("PYTHONPATH", "").split(os.pathsep) if word]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, *known])}


def is_running(pid: int, started: float) -> bool:
    """Return whether a process of this machine still runs; a zombie does not.

    Args:
        pid: its number, which another process may have by now.
        started: its start, Unix seconds.
    """
    try:
        process = psutil.Process(pid)
        apart = abs(process.create_time() - started)
        return bool(apart < SAME_START_S and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
