"""Samplers, schedules and curricula of saved settings in one line each.

Called where settings are shown: `description` and `runs.settings_diff`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rl_training.config.samplers import value_text
from rl_training.config.schedules import Schedule, read_scheduled


def value_line(value: Any) -> str:
    """Return a value that stands under a user's own name in one line.

    Args:
        value: plain data of `parameters`, `evaluation.parameters` or `curriculum`: `0.5`,
            `uniform(0, 1)`, `schedule(0, 1, 100, 2)`, `0.1 -> uniform(0, 1) with fog=1`. What
            is none of these (settings of another version) is shown as it is.
    """
    try:
        if isinstance(value, Mapping) and "lessons" in value:
            return " -> ".join(_lesson(lesson) for lesson in value["lessons"])
        read = read_scheduled(value)
    except (ValueError, TypeError, KeyError, AttributeError):
        return str(value)
    return read.text() if isinstance(read, Schedule) else value_text(read)


def _lesson(lesson: Mapping[str, Any]) -> str:
    also = [f"{name}={value_line(value)}" for name, value in lesson.get("also", {}).items()]
    return f"{value_line(lesson['value'])}{' with ' if also else ''}{', '.join(also)}"
