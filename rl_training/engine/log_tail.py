"""The end of an engine's log, and the one line in it that tells most about a failure.

Called by `launch`. It never raises for a log that is missing or not text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_TAIL_BYTES = 256 * 1024
_MAX_LINE = 300

# The banner, complaints at every disorderly exit, a driver's retries: never the cause.
_NOISE = (
    "Godot Engine v",
    'Parameter "fbc" is null',
    "leaked at exit",
    "still in use at exit",
    "never freed",
    "Orphan StringName",
    "Pages in use exist at exit",
    "RID allocations",
)


def read_tail(path: Path, count: int) -> list[str]:
    """Return at most the last `count` lines of a log that are not empty."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().replace(b"\0", b"").decode("utf-8", "replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]


def telling_line(lines: list[str]) -> str:
    """Return the line that explains a failure best, or "" for an empty log.

    In this order: an error of our addon (with the script's error that may have led to it), a
    script's error with its place, any other error, the last line.
    """
    useful = [line for line in lines if not any(noise in line for noise in _NOISE)]
    caused_by = next(iter(script_errors(useful)), "")
    for line in useful:
        if "godot_rl:" in line and "ERROR" in line:
            return _clean(line) + (f"; before it: {caused_by}" if caused_by else "")
    if caused_by:
        return caused_by
    for line in useful:
        if "ERROR:" in line or "error while loading" in line:
            return _clean(line)
    return _clean(useful[-1]) if useful else ""


def script_errors(lines: Sequence[str]) -> list[str]:
    """Return errors of the game's scripts, each with its file and line, in their order."""
    found = []
    for index, line in enumerate(lines):
        if "SCRIPT ERROR" in line or "Parse Error" in line:
            place = lines[index + 1].strip() if index + 1 < len(lines) else ""
            found.append(_clean(f"{line} {place}" if place.startswith("at:") else line))
    return found


def _clean(line: str) -> str:
    shown = " ".join(line.split())
    return shown if len(shown) <= _MAX_LINE else shown[: _MAX_LINE - 3] + "..."
