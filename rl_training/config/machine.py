"""What a default run takes of the machine."""

from __future__ import annotations

import os


def default_num_envs() -> int:
    """Return the number of engine processes used when none is asked for: one a core, at most 8.

    Cores are those that this process may use.
    """
    # A container, taskset or a scheduler may give a process fewer cores than there are.
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return max(1, min(8, len(allowed) or os.cpu_count() or 1))
