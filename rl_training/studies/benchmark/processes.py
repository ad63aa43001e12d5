"""Memory and descendants of processes, as psutil tells them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

import psutil

_MB = 1e6
_ENGINE_MARKS = ("--port=", "--random_policy=")


@dataclass(frozen=True)
class ProcessInfo:
    """A living process.

    Attributes:
        pid: its id.
        parent: its parent's id.
        command: its command line, separated by blanks.
        rss_mb: resident memory in 10^6 bytes.
    """

    pid: int
    parent: int
    command: str
    rss_mb: float

    @property
    def is_engine(self) -> bool:
        """Whether it is a Godot engine that was started for an environment."""
        return any(f" {mark}" in self.command for mark in _ENGINE_MARKS)


def process_info(pid: int) -> ProcessInfo | None:
    """Return what is known of a process; None when it is gone, a zombie, or cannot be read."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            command = " ".join(process.cmdline())
            return ProcessInfo(pid, process.ppid(), command, process.memory_info().rss / _MB)
    except psutil.Error:
        return None


def descendants(root: int) -> list[ProcessInfo]:
    """Return the living descendants of a process, without itself."""
    try:
        below = psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return []
    return [info for process in below if (info := process_info(process.pid)) is not None]


def memory() -> dict[str, float]:
    """Return the memory of this process and of its engines in 10^6 bytes.

    Keys: `python_rss_mb`, `engine_rss_mb` (the largest engine), `workers_rss_mb` (the sum of other
    descendants; absent when there are none).
    """
    own = process_info(os.getpid())
    if own is None:
        return {}
    values = {"python_rss_mb": own.rss_mb}
    below = descendants(own.pid)
    engines = [info.rss_mb for info in below if info.is_engine]
    others = [info.rss_mb for info in below if not info.is_engine]
    if engines:
        values["engine_rss_mb"] = max(engines)
    if others:
        values["workers_rss_mb"] = sum(others)
    return values


def kill(pids: list[int]) -> None:
    """Kill processes by id; those that are gone are passed over."""
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            psutil.Process(pid).kill()
