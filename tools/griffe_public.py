"""Leaves methods such as `__enter__` out of the API reference; mkdocstrings loads it."""

from __future__ import annotations

from typing import Any

import griffe


class HideSpecialMethods(griffe.Extension):
    """Tells griffe that special methods are not public; a class's own page needs none of them."""

    def on_function_instance(self, *, func: griffe.Function, **_: Any) -> None:
        """See `griffe.Extension`."""
        if func.name.startswith("__") and func.name != "__init__":
            func.public = False
