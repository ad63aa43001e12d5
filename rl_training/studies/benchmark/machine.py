"""What a result was measured on."""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from rl_training.engine import EngineBinary
from rl_training.runs.provenance import commit, versions

logger = logging.getLogger(__name__)

QUIET_LOAD = 0.5
"""A one-minute load average above this means that something else was running."""


@dataclass(frozen=True)
class Machine:
    """Where and with what a result was made.

    Attributes:
        time: when, UTC, ISO 8601.
        system: operating system and architecture.
        cpu: model of the processor.
        cores: logical cores that this process may use.
        memory_gb: 10^9 bytes; 0 when unknown.
        engine: version of Godot.
        commit: of the repository.
        versions: of Python and the packages.
        load_at_start: one-minute load average before anything was started; -1 when unknown.
    """

    time: str
    system: str
    cpu: str
    cores: int
    memory_gb: float
    engine: str
    commit: str
    versions: dict[str, str]
    load_at_start: float


def describe_machine(engine: EngineBinary) -> Machine:
    """Look at the machine, and warn when it is busy."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else -1.0
    if load > QUIET_LOAD:
        logger.warning(
            "the load average is %.2f: something else is running, the figures will be wrong", load
        )
    return Machine(
        time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        system=f"{platform.system()} {platform.machine()}",
        cpu=_cpu(),
        cores=_cores(),
        memory_gb=_memory_gb(),
        engine=engine.version_text,
        commit=commit(),
        versions=versions(),
        load_at_start=load,
    )


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gb() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, OSError, AttributeError):
        return 0.0
