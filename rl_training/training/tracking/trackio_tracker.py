"""Trackio: a local database (`TRACKIO_DIR`), looked at with `trackio show`."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

from stable_baselines3.common.logger import KVWriter

from rl_training.training.tracking.trackers import TrackedRun, scalars


class TrackioTracker(KVWriter):
    """Logs scalars to one run of Trackio."""

    def __init__(self, run: TrackedRun) -> None:
        import trackio

        # It prints a paragraph of advice to stdout, which is for our results.
        with contextlib.redirect_stdout(io.StringIO()):
            self._run: Any = trackio.init(
                project=run.project, name=run.id, config=run.config, embed=False
            )

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        """Log one row."""
        self._run.log(scalars(key_values), step=step)

    def close(self) -> None:
        """End the run; twice is safe."""
        run, self._run = self._run, None
        if run is not None:
            import trackio

            # Through the module: at the program's exit it would finish its current run again.
            finish: Callable[[], None] = trackio.finish
            with contextlib.redirect_stdout(io.StringIO()):
                finish()


def make(run: TrackedRun) -> KVWriter:
    """Return the output for a run.

    Raises:
        ImportError: the package is missing.
    """
    return TrackioTracker(run)
