"""Packages that only some formats need: imported when asked for, missed in one clear line."""

from __future__ import annotations

import importlib
from typing import Any

from rl_training.errors import UsageError


def require(module: str, what: str) -> Any:
    """Import a package of the extra `data`.

    Args:
        module: its name.
        what: needs it, e.g. "a Minari dataset".

    Raises:
        UsageError: it is not installed; the message says how to.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(
            f"{what} needs {module.partition('.')[0]}, which is not installed ({error}): "
            "pip install 'spacetime-rl[data]'"
        ) from error
