"""MLflow. Without `MLFLOW_TRACKING_URI` it writes to the folder `mlruns` beside the run's logs."""

from __future__ import annotations

import math
import os
import time
from typing import Any

from stable_baselines3.common.logger import KVWriter

from rl_training.errors import UsageError
from rl_training.training.tracking.trackers import TrackedRun, scalars

_LONGEST_PARAMETER = 500  # characters; older servers refuse longer ones
_PARAMETERS_AT_ONCE = 100  # of the service's limit


class MlflowTracker(KVWriter):
    """Logs scalars to one run of MLflow."""

    def __init__(self, run: TrackedRun) -> None:
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        if uri is None:
            # Newer versions refuse a folder of files unless it is asked for.
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
            uri = (run.logs.parent.parent / "mlruns").resolve().as_uri()
        from mlflow.entities import Metric, Param
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        self._metric = Metric
        try:
            self._client: Any = MlflowClient(tracking_uri=uri)
            experiment = self._client.get_experiment_by_name(run.project)
            number = (
                self._client.create_experiment(run.project)
                if experiment is None
                else experiment.experiment_id
            )
            made = self._client.create_run(number, run_name=run.experiment)
            self._id = made.info.run_id
            parameters = [
                Param(path, str(value)[:_LONGEST_PARAMETER]) for path, value in run.config.items()
            ]
            for start in range(0, len(parameters), _PARAMETERS_AT_ONCE):
                part = parameters[start : start + _PARAMETERS_AT_ONCE]
                self._client.log_batch(self._id, params=part)
            self._client.set_tag(self._id, "spacetime_rl.run", run.id)
        except MlflowException as error:
            raise UsageError(
                f"--track mlflow cannot begin: {error}; see MLFLOW_TRACKING_URI ({uri})"
            ) from error

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        """Log one row."""
        now = int(time.time() * 1000)
        row = [
            self._metric(tag, value, now, step)
            for tag, value in scalars(key_values).items()
            if math.isfinite(value)
        ]
        self._client.log_batch(self._id, metrics=row)

    def close(self) -> None:
        """End the run; twice is safe."""
        client, self._client = self._client, None
        if client is not None:
            client.set_terminated(self._id)


def make(run: TrackedRun) -> KVWriter:
    """Return the output for a run.

    Raises:
        ImportError: the package is missing.
        UsageError: it cannot begin.
    """
    return MlflowTracker(run)
