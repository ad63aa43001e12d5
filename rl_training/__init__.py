"""SpaceTime RL: train, ship and gate agents on the real Godot engine.

`rl_training.train(config)` and `rl_training.evaluate(request)` are loaded on first use, so that the
command line and light tools never pay for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rl_training.lazy_names import lazy_names

if TYPE_CHECKING:
    from rl_training.evaluation.evaluate import evaluate
    from rl_training.evaluation.report import EvaluationReport
    from rl_training.evaluation.request import EvaluationRequest
    from rl_training.training.pipeline import TrainResult, train

__all__ = ["EvaluationReport", "EvaluationRequest", "TrainResult", "evaluate", "train"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "EvaluationReport": "rl_training.evaluation.report",
        "EvaluationRequest": "rl_training.evaluation.request",
        "TrainResult": "rl_training.training.pipeline",
        "evaluate": "rl_training.evaluation.evaluate",
        "train": "rl_training.training.pipeline",
    },
)
