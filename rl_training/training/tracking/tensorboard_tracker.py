"""TensorBoard: event files in the run's folder of logs."""

from __future__ import annotations

from stable_baselines3.common.logger import KVWriter, TensorBoardOutputFormat

from rl_training.training.tracking.trackers import TrackedRun


def make(run: TrackedRun) -> KVWriter:
    """Return the output for a run.

    Raises:
        ImportError: the package is missing.
    """
    import tensorboard  # noqa: F401 - Stable-Baselines3 asserts with a message of its own

    return TensorBoardOutputFormat(str(run.logs))
