"""Sections that hold a user's own names: how their layers are put together.

A sampler, a schedule or a curriculum is one value: a stronger layer's replaces a weaker layer's as
a whole, and null takes the name out. Called by `section.merged`, `layers` and `description`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECTIONS = ("parameters", "curriculum", "evaluation.parameters")
"""Dotted paths of such sections."""


def holds_values(path: str) -> bool:
    """Return whether what stands below this dotted path are whole values by the user's names."""
    return path in SECTIONS


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left of such a section: null takes a name out."""
    return {name: value for name, value in values.items() if value is not None}
