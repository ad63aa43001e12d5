"""Are the best settings better? They and the base settings train again, with seeds of their own.

A search picks the luckiest of many trials, so the winner's value is too good. Here both get seeds
and evaluation episodes that the search has not seen. Called by the command; nothing is printed.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rl_training.config import TrainConfig
from rl_training.errors import HarnessError
from rl_training.limits import MAX_SEED
from rl_training.runs.atomic import write_text
from rl_training.runs.text_table import text_table
from rl_training.studies.tune.plan import SearchPlan
from rl_training.studies.tune.space import Scalar
from rl_training.studies.tune.trials import Begin, Command, TrialRun, train_command
from rl_training.training.stop import StopRequest

logger = logging.getLogger(__name__)

EPISODES = 100
"""Least number of episodes of an evaluation here."""
FILE = "confirm.json"
_SEED = 100_000  # more than any search has trials
_LOOK_S = 0.25


@dataclass(frozen=True)
class Again:
    """One training of the comparison.

    Attributes:
        settings: "best" or "base".
        seed: of the run.
        run: its name.
        value: what it is judged by; None: it failed.
        reason: why it failed; empty otherwise.
    """

    settings: str
    seed: int
    run: str
    value: float | None
    reason: str = ""


def again_config(
    plan: SearchPlan, settings: str, chosen: Mapping[str, Scalar], number: int
) -> TrainConfig:
    """Return the settings of one training of the comparison."""
    given = plan.best_config(chosen) if settings == "best" else plan.config
    seed = (plan.config.seed + _SEED + number) % (MAX_SEED + 1)
    evaluation: dict[str, Any] = {
        "seed": (plan.config.evaluation.seed + _SEED) % (MAX_SEED + 1),
        "episodes": max(EPISODES, plan.config.evaluation.episodes),
    }
    if plan.value == "last":
        evaluation["every"] = given.training.timesteps
    name = f"{plan.name}_{settings}_s{number}"
    return given.replace({"experiment_name": name, "seed": seed, "evaluation": evaluation})


def confirm(
    plan: SearchPlan,
    chosen: Mapping[str, Scalar],
    seeds: int,
    folder: Path,
    command: Command = train_command,
    begin: Begin | None = None,
) -> list[Again]:
    """Train best and base settings with new seeds, one run after the other; write `FILE`.

    What an earlier call measured of the same settings is kept. Ctrl-C saves the run and ends.

    Args:
        plan: the search.
        chosen: of its best trial.
        seeds: trainings of each.
        folder: of the study.
        command: what trains.
        begin: makes a training; None: a process of this machine that runs `command`.
    """
    make = begin or (lambda config, _slot: TrialRun(config, folder / "trials", command))
    known = _known(folder / FILE, chosen)
    found: list[Again] = []
    with StopRequest() as stop:
        for number in range(seeds):
            for settings in ("best", "base"):
                config = again_config(plan, settings, chosen, number)
                run = known.get(config.experiment_name)
                if run is None and not stop.requested:
                    run = _train(plan, config, settings, make, stop)
                if run is not None:
                    found.append(run)
                    data = {"chosen": dict(chosen), "runs": [asdict(each) for each in found]}
                    write_text(folder / FILE, json.dumps(data, indent=1) + "\n")
    return found


def comparison(plan: SearchPlan, runs: Sequence[Again]) -> str:
    """Return the runs as a table: mean and each value, best settings and base settings."""
    rows = []
    for settings in ("best", "base"):
        values = [
            each.value for each in runs if each.settings == settings and each.value is not None
        ]
        mean = f"{sum(values) / len(values):.4g}" if values else ""
        rows.append([settings, mean, ", ".join(f"{value:.4g}" for value in values)])
    name = f"{plan.metric}, mean"
    return text_table(["settings", name, "of each new seed"], rows, left=(0, 2))


def _known(file: Path, chosen: Mapping[str, Scalar]) -> dict[str, Again]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        runs = [Again(**each) for each in data["runs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    same = data["chosen"] == dict(chosen)
    return {
        each.run: each
        for each in runs
        if each.value is not None and (same or each.settings == "base")
    }


def _train(
    plan: SearchPlan,
    config: TrainConfig,
    settings: str,
    make: Begin,
    stop: StopRequest,
) -> Again | None:
    """Train once; return None when it was interrupted."""
    logger.info("%s settings again, seed %d", settings, config.seed)
    run = make(config, 0)
    values: list[float] = []
    told = False
    try:
        run.start()
        while not run.is_over:
            if stop.requested and not told:
                told = True
                run.interrupt()
            time.sleep(_LOOK_S)
        for evaluation in run.new_evaluations():
            values.append(plan.judged(evaluation.results))
    except HarnessError as error:
        return Again(settings, config.seed, config.experiment_name, None, str(error))
    finally:
        run.kill()
    if told:
        return None
    reason = run.failure or ("" if values else "it ended before its first evaluation")
    value = None if reason else plan.value_of(values)
    if reason:
        logger.warning("%s settings, seed %d: %s", settings, config.seed, reason)
    else:
        logger.info("%s settings, seed %d: %s %.4g", settings, config.seed, plan.metric, value)
    return Again(settings, config.seed, config.experiment_name, value, reason)
