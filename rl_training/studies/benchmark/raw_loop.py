"""The engine alone: our addon draws random actions inside it and builds the same observations."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.envs.launch_plan import make_plan
from rl_training.errors import EngineDiedError, EngineTimeoutError, UsageError
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
    deadline = time.monotonic() + _MARGIN_S + 10.0 * task.seconds
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        reports = [Path(folder, f"raw_{index}.json") for index in range(task.num_envs)]
        running: list[EngineProcess] = []
        try:
            for index, report in enumerate(reports):
                command = plan.command(index, port=1)
                assert command is not None
                running.append(EngineProcess(_alone(command, task.decisions, report)))
            results = [
                _result(process, index, report, deadline)
                for index, (process, report) in enumerate(zip(running, reports, strict=True))
            ]
        finally:
            for process in running:
                process.stop(timeout_s=0.0)
    return {
        "value": sum(_rate(result) for result in results),
        "agents": sum(float(result["agents"]) for result in results),
    }


def _alone(command: EngineCommand, decisions: int, report: Path) -> EngineCommand:
    options = tuple(pair for pair in command.options if pair[0] != "port")
    alone = (("random_policy", str(decisions)), ("report", str(report)))
    return dataclasses.replace(command, options=(*options, *alone))


def _result(process: EngineProcess, index: int, report: Path, deadline: float) -> dict[str, Any]:
    code = process.wait(max(0.0, deadline - time.monotonic()))
    if code is None:
        raise EngineTimeoutError(f"engine {index} did not finish its decisions in time")
    if code != 0 or not report.is_file():
        raise EngineDiedError(f"engine {index} failed: {process.describe_end()}")
    data: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    if data.get("format") != _FORMAT or not data["elapsed_usec"] > 0:
        raise EngineDiedError(f"engine {index} wrote a report of another format: {data}")
    return data


def _rate(result: dict[str, Any]) -> float:
    return float(result["agents"] * result["decisions"] / (result["elapsed_usec"] * 1e-6))
