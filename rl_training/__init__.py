"""SpaceTime RL: train, ship and gate agents on the real Godot engine.

Names are loaded on first use: `import rl_training` is light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.evaluation.request import EvaluationRequest

__all__ = ["EvaluationReport", "EvaluationRequest", "evaluate"]

_MODULES = {
    "EvaluationReport": "evaluation.report",
    "EvaluationRequest": "evaluation.request",
    "evaluate": "evaluation.evaluate",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names too, so that completion finds them."""
    return sorted({*globals(), *__all__})
