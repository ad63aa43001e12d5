"""How a number is written where people read it."""

from __future__ import annotations


def number(value: float) -> str:
    """Return four significant digits, and all digits before the point of large numbers."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
