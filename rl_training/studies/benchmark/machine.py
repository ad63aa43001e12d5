"""What a result was measured on."""

from __future__ import annotations

import logging
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import psutil

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
        memory_gb: 10^9 bytes.
        engine: version of Godot.
        commit: of the repository.
        versions: of Python and the packages.
        load_at_start: one-minute load average before anything was started.
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
    load = psutil.getloadavg()[0]
    if load > QUIET_LOAD:
        logger.warning(
            "the load average is %.2f: something else is running, the figures will be wrong", load
        )
    return Machine(
        time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        system=f"{platform.system()} {platform.machine()}",
        cpu=_cpu(),
        cores=_cores(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        engine=engine.version_text,
        commit=commit(),
        versions=versions(),
        load_at_start=load,
    )


def _cpu() -> str:
    # psutil knows no model, and `platform` none on Linux.
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _cores() -> int:
    process = psutil.Process()
    # Where it cannot be bound to cores, it may use all.
    allowed = process.cpu_affinity() if hasattr(process, "cpu_affinity") else None
    return len(allowed) if allowed else psutil.cpu_count() or 1
