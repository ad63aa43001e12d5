"""Where metrics go besides metrics.jsonl, by name: `--track tensorboard wandb mlflow trackio`.

Each tracker is one file here; its package is imported when it is asked for, never before.
"""

from __future__ import annotations

from rl_training.training.tracking.trackers import TRACKERS, make_trackers

__all__ = ["TRACKERS", "make_trackers"]
