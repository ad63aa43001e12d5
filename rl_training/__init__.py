"""SpaceTime RL: train, ship and gate agents on the real Godot engine.

`rl_training.train(config)` and `rl_training.evaluate(request)` are loaded on first use, so that the
command line and light tools never pay for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.evaluation.request import EvaluationRequest
    from rl_training.training.pipeline import TrainResult, train

__all__ = ["EvaluationReport", "EvaluationRequest", "TrainResult", "evaluate", "train"]

_MODULES = {
    "EvaluationReport": "evaluation.report",
    "EvaluationRequest": "evaluation.request",
    "TrainResult": "training.pipeline",
    "evaluate": "evaluation.evaluate",
    "train": "training.pipeline",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """Return the module's names, those that are not loaded yet included."""
    return sorted({*globals(), *__all__})
