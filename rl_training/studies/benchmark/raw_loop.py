"""The engine alone: our addon draws random actions inside it and builds the same observations."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rl_training.envs.launch_plan import make_plan
from rl_training.envs.lone_engine import lone_command, read_lone_report, run_alone
from rl_training.errors import EngineDiedError, UsageError
from rl_training.studies.benchmark.env_cells import env_settings
from rl_training.studies.benchmark.task import Measurement, Task

_MARGIN_S = 60.0
_FORMAT = 1


def measure_raw(task: Task) -> Measurement:
    """Let all engines run at the same time and add up their rates.

    Returns:
        `value`: decisions per second of all agents; `agents`.

    Raises:
        UsageError: the task says no number of decisions.
        EngineTimeoutError: an engine did not finish.
        EngineDiedError: an engine failed.
    """
    if task.decisions < 1:
        raise UsageError("a raw cell needs a number of decisions")
    plan = make_plan(env_settings(task))
    limit_s = _MARGIN_S + 10.0 * task.seconds
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        reports = [Path(folder, f"raw_{index}.json") for index in range(task.num_envs)]
        commands = [
            lone_command(plan, index, {"random_policy": task.decisions, "report": report})
            for index, report in enumerate(reports)
        ]
        run_alone(commands, limit_s, "its decisions")
        results = [_result(report, index) for index, report in enumerate(reports)]
    return {
        "value": sum(_rate(result) for result in results),
        "agents": sum(float(result["agents"]) for result in results),
    }


def _result(report: Path, index: int) -> dict[str, Any]:
    data = read_lone_report(report, index, _FORMAT)
    if not data["elapsed_usec"] > 0:
        raise EngineDiedError(f"engine {index} measured no time: {data}")
    return data


def _rate(result: dict[str, Any]) -> float:
    return float(result["agents"] * result["decisions"] / (result["elapsed_usec"] * 1e-6))
