"""Memory and descendants of processes, read from /proc; without it nothing is known of them."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

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
    folder = Path("/proc", str(pid))
    try:
        fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        pages = int((folder / "statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    if fields[0] == "Z":
        return None
    return ProcessInfo(pid, int(fields[1]), command, pages * os.sysconf("SC_PAGE_SIZE") / _MB)


def descendants(root: int) -> list[ProcessInfo]:
    """Return the living descendants of a process, without itself."""
    found: dict[int, ProcessInfo] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        info = process_info(int(folder.name))
        if info is not None:
            found[info.pid] = info
    below: list[ProcessInfo] = []
    parents = {root}
    while parents:
        children = [info for info in found.values() if info.parent in parents]
        below += children
        parents = {info.pid for info in children}
    return below


def memory() -> dict[str, float]:
    """Return the memory of this process and of its engines in 10^6 bytes; {} when unknown.

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
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
