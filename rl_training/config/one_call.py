"""What belongs to one call of a training and not to the run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

OF_ONE_CALL: Mapping[str, Any] = MappingProxyType(
    {
        "training.resume": False,
        "training.auto_resume": False,
        "training.resume_from": None,
        "training.milestone": None,
        "environment.viz": False,
        "environment.port": None,
        "environment.token": "",
    }
)
"""Dotted path to the value that a resumed run begins with: none of these is taken over."""
