"""The facts of a run as its files have them, for hints long after it ended.

`save_observations` is called by the watching callback, `read_facts` by the doctor.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rl_training.runs.atomic import write_text
from rl_training.runs.hints.hint import ObservationRange, RunFacts
from rl_training.runs.paths import RunPaths
from rl_training.runs.training_log import TrainingLog, read_training_log


def save_observations(path: Path, ranges: Sequence[ObservationRange], seen: int) -> None:
    """Write the ranges of the observation's elements.

    Args:
        path: the JSON file.
        ranges: of every element.
        seen: how many observations they are of.
    """
    rows = [asdict(each) for each in ranges]
    write_text(path, json.dumps({"format": 1, "seen": seen, "elements": rows}, indent=1) + "\n")


def read_facts(paths: RunPaths) -> RunFacts:
    """Return the facts of a run.

    Raises:
        UsageError: there is no such run, it logged nothing, or a file is damaged.
    """
    log = read_training_log(paths)
    return _facts(log, paths.observations)


def read_policies_facts(paths: RunPaths) -> dict[str, RunFacts]:
    """Return the facts of each of several policies; empty for a run of one.

    Raises:
        UsageError: there is no such run, it logged nothing, or a file is damaged.
    """
    logs = read_training_log(paths).of_policies()
    return {name: _facts(log, paths.policy_observations(name)) for name, log in logs.items()}


def _facts(log: TrainingLog, observations: Path) -> RunFacts:
    ranges, seen = _read_observations(observations)
    learner = _section(log.config, "algorithm") or _section(log.config, "ppo")
    known = {
        name: float(learner[name])
        for name in ("gamma", "gae_lambda")
        if isinstance(learner.get(name), (int, float))
    }
    return RunFacts(log.rows, ranges, seen, **known)


def _read_observations(path: Path) -> tuple[list[ObservationRange], int]:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return [ObservationRange(**row) for row in data["elements"]], int(data["seen"])
    except (OSError, ValueError, KeyError, TypeError):
        return [], 0


def _section(config: dict[str, Any], name: str) -> dict[str, Any]:
    found = config.get(name)
    return found if isinstance(found, dict) else {}
