"""The one place that knows which settings are secrets, and takes them out.

Called by whatever writes settings to a file that others may read: reports, checkpoints, logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRETS = frozenset({"token"})
"""Names of settings that are in no file."""


def without_secrets(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with every secret blanked, at any depth.

    Args:
        settings: name to value, section or list of such.
    """
    return {
        name: "" if name in SECRETS and value else _clean(value) for name, value in settings.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_secrets(value)
    if isinstance(value, (list, tuple)):
        return [_clean(each) for each in value]
    return value
