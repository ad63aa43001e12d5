"""What a default run takes of the machine."""

from __future__ import annotations

import os


def default_num_envs() -> int:
    """Return the number of engine processes used when none is asked for: one a core, at most 8."""
    return max(1, min(8, os.cpu_count() or 1))
