"""Lengths of time for people."""

from __future__ import annotations


def span(seconds: float) -> str:
    """Return a length of time in at most two units: "42 s", "3 min 05 s", "2 h 10 min", "4 d"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d"
