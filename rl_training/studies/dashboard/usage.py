"""What processes use: processor time and memory, of a process and all below it.

Called by the cases. Wall time on a machine that is busy says little; processor time says what the
work costs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """What processes had used by a moment.

    Attributes:
        at: seconds of a clock.
        cpu_s: processor time.
        bytes: memory that only they hold (USS).
    """

    at: float
    cpu_s: float
    bytes: int

    def share_since(self, earlier: Usage) -> float:
        """Return the share of one core that was used since then."""
        return (self.cpu_s - earlier.cpu_s) / max(1e-9, self.at - earlier.at)


def usage_of(pid: int, kind: str = "") -> Usage:
    """Return what a process and its descendants use.

    Args:
        pid: of the process.
        kind: only those whose command line holds this word, for instance "--type=renderer".
    """
    cpu, held = 0.0, 0
    try:
        top = psutil.Process(pid)
        family = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    for each in family:
        try:
            if kind and kind not in " ".join(each.cmdline()):
                continue
            times = each.cpu_times()
            cpu += times.user + times.system
            held += each.memory_full_info().uss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return Usage(time.monotonic(), cpu, held)
