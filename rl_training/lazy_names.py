"""Public names of a package that are loaded when they are used.

A package whose `__init__` imports torch, Stable-Baselines3 or pydantic would make every `--help`
and every worker process pay for them. Imports nothing but the standard library.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the package's `__getattr__` and `__dir__`.

    Args:
        package: its `__name__`.
        homes: public name to the module that defines it, in full.
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    def names() -> list[str]:
        # Those that are not loaded yet as well: completion asks here.
        return sorted({*vars(sys.modules[package]), *homes})

    return load, names
