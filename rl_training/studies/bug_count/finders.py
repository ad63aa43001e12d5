"""Lets one finder look for bugs in one variant of a scenario, and counts what it finds."""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.exploration.explorer import explore
from rl_training.exploration.limits import Limits
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.strategy import Way
from rl_training.project_files import our_project
from rl_training.scenarios import get_scenario
from rl_training.studies.bug_count.plan import BugPlan, Run, parameters_of
from rl_training.studies.bug_count.result import BugRow
from rl_training.training.configuration import default_config, run_paths
from rl_training.training.pipeline import train

logger = logging.getLogger(__name__)

TARGET = "target_bug"
WATCH = "watch"
"""Parameter by which a scenario's training switches its own detectors off."""
# Nothing but what the game reports of itself: the same for all finders.
_GAME_ONLY = Limits(budget_ms=0.0, slow_ms=0.0, stuck_radius=0.0, longest=0, warnings=False)
_WAYS: dict[str, Way] = {"random": "random", "search": "search"}


def find(plan: BugPlan, run: Run, root: Path, godot: str | None = None, port: int = 0) -> BugRow:
    """Do one run.

    Args:
        plan: the budget.
        run: who, where, which variant and seed.
        root: holds the runs of trainings.
        godot: engine binary; None: found or installed.
        port: first port; 0: any.

    Raises:
        HarnessError: the game does not start, or an engine failed too often.
        KeyboardInterrupt: training was stopped by a signal.
    """
    began = time.monotonic()
    if run.finder in _WAYS:
        found = _explored(plan, run, godot, port)
    else:
        found = _trained(plan, run, root, godot)
    return replace(found, seconds=round(time.monotonic() - began, 1))


def _explored(plan: BugPlan, run: Run, godot: str | None, port: int) -> BugRow:
    scenario = get_scenario(run.scenario)
    found = explore(
        ExplorationRequest(
            game=EnvSettings(
                project_path=str(our_project()),
                scene_path=scenario.scene_path,
                num_envs=plan.num_envs,
                arenas=plan.arenas,
                isolation="worlds",
                action_repeat=scenario.action_repeat,
                seed=run.seed,
                port=port,
                godot=godot,
                max_restarts=10,
            ),
            name=run.scenario,
            way=_WAYS[run.finder],
            decisions=plan.decisions,
            seed=run.seed,
            parameters=parameters_of(run.scenario, run.variant),
            limits=_GAME_ONLY,
            calibrated=False,
            confirm=0,
        )
    )
    with_kind: dict[str, int] = {}
    first: dict[str, int] = {}
    total = found.total_episodes
    for each in found.book.in_order():
        first.setdefault(each.kind, each.step)
        # An episode with two findings of a kind counts twice, but never more than there are.
        with_kind[each.kind] = min(with_kind.get(each.kind, 0) + each.episodes, max(total, 1))
    cells = len(found.archive.first_seen)
    return BugRow(*run, found.decisions, total, with_kind, first, cells, seconds=0.0)


def _trained(plan: BugPlan, run: Run, root: Path, godot: str | None) -> BugRow:
    config = training_config(plan, run, root, godot)
    paths = run_paths(config)
    shutil.rmtree(paths.logs, ignore_errors=True)  # of a run that was cut off
    result = train(config)
    if result.stopped:
        raise KeyboardInterrupt
    told = result.details["finds"]
    kinds: dict[str, dict[str, Any]] = told["kinds"]
    return BugRow(
        *run,
        told["decisions"],
        told["episodes"],
        {kind: each["episodes"] for kind, each in kinds.items()},
        {kind: each["first_decision"] for kind, each in kinds.items()},
        told["cells"],
        seconds=0.0,
    )


def training_config(plan: BugPlan, run: Run, root: Path, godot: str | None) -> TrainConfig:
    """Return the settings of an agent's training: the scenario's, told nothing of bugs."""
    base = default_config(run.scenario).to_dict()
    own = dict(base["parameters"])
    if TARGET in own:
        # These settings hunt for a bug that they name: the game itself is played instead.
        own = {}
    # A training that looks for nothing may leave the looking out; this one looks.
    own.pop(WATCH, None)
    base["parameters"] = own | parameters_of(run.scenario, run.variant)
    config = TrainConfig.from_dict(base)
    return config.replace(
        {
            "experiment_name": "_".join((run.finder, run.variant, run.scenario, str(run.seed))),
            "seed": run.seed,
            "run_root": str(root),
            "environment": {
                "num_envs": plan.num_envs,
                "arenas": plan.arenas,
                "godot": godot,
                "check_arenas": False,
            },
            "training": {
                "timesteps": plan.decisions,
                "save_frequency": plan.decisions,
                "export_onnx": False,
                "hints": False,
                "track": [],
            },
            # Who only counts is paid nothing, and nobody wanders.
            "finds": {"find_bugs": True}
            if run.finder == "agent"
            else {"find_bugs": True, "finding": 0.0, "cell": 0.0, "wandering": 0.0},
        }
    )
