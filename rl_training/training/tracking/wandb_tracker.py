"""Weights & Biases. `WANDB_MODE=offline` keeps all in the run's folder, for `wandb sync` later."""

from __future__ import annotations

from typing import Any

from stable_baselines3.common.logger import KVWriter

from rl_training.errors import UsageError
from rl_training.training.tracking.trackers import TrackedRun, scalars


class WandbTracker(KVWriter):
    """Logs scalars to one run of Weights & Biases."""

    def __init__(self, run: TrackedRun) -> None:
        import wandb

        run.logs.mkdir(parents=True, exist_ok=True)
        try:
            self._run: Any = wandb.init(
                project=run.project,
                name=run.experiment,
                id=run.id,
                dir=str(run.logs),
                config=run.config,
                # Its metadata holds the command line, where a --token may stand.
                settings=wandb.Settings(
                    silent=True, disable_code=True, disable_git=True, x_disable_meta=True
                ),
            )
        except wandb.Error as error:
            raise UsageError(
                f"--track wandb cannot begin: {error}; log in with `wandb login`, or set "
                "WANDB_MODE=offline"
            ) from error
        self._run.define_metric("timesteps")
        self._run.define_metric("*", step_metric="timesteps")

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        """Log one row."""
        self._run.log({**scalars(key_values), "timesteps": step})

    def close(self) -> None:
        """End the run; twice is safe."""
        run, self._run = self._run, None
        if run is not None:
            run.finish()


def make(run: TrackedRun) -> KVWriter:
    """Return the output for a run.

    Raises:
        ImportError: the package is missing.
        UsageError: it cannot begin.
    """
    return WandbTracker(run)
