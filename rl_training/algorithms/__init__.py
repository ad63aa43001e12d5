"""How policies learn: a learner by name.

`register(name, learner)` adds one; `registry.learner_class(name)` finds it. Names are loaded when
they are used, since a learner needs torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl_training.algorithms.learner import Actor, Learner
    from rl_training.algorithms.registry import algorithm_names, learner_class, register

__all__ = ["Actor", "Learner", "algorithm_names", "learner_class", "register"]

_MODULES = {
    "Actor": "learner",
    "Learner": "learner",
    "algorithm_names": "registry",
    "learner_class": "registry",
    "register": "registry",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """List the names, so that completion finds them."""
    return sorted({*globals(), *__all__})
