"""Builders for tests of the search: plans whose trials need no engine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rl_training.studies.tune.plan import SearchPlan, with_evaluations
from rl_training.studies.tune.search import Extent, Search
from rl_training.studies.tune.space import read_space
from rl_training.studies.tune.study import SearchStudy, open_storage
from rl_training.training.configuration import default_config

SPACE = {
    "algorithm.learning_rate": {"log": [1e-5, 1e-1]},
    "algorithm.n_epochs": {"int": [2, 8]},
    "network.net_arch": {"choice": [[64, 64], [32]]},
}


def fake_command(settings: Path) -> list[str]:
    """Return the words that play a trial without learning."""
    return [sys.executable, str(Path(__file__).with_name("fake_trial.py")), str(settings)]


def make_plan(root: Path, space: dict[str, Any] | None = None, **changes: Any) -> SearchPlan:
    """Return a plan of trials of 100 steps, evaluated every 10."""
    settings = changes.pop("settings", {})
    config = default_config(
        changes.pop("scenario", "vr_locomotion"),
        {"run_root": str(root), "training": {"timesteps": 100}, **settings},
    )
    given = {"name": "s", "startup": 3, "pruner": "none", **changes}
    return SearchPlan(
        config=with_evaluations(config), space=read_space(space or SPACE, "x"), **given
    )


def make_study(plan: SearchPlan, root: Path, storage: str | None = None) -> SearchStudy:
    """Return the plan's study, kept in the root."""
    return SearchStudy(plan, open_storage(storage, root / "studies" / plan.name))


def search(study: SearchStudy, root: Path, trials: int, **changes: Any) -> bool:
    """Search with fake trials; return whether it was interrupted."""
    folder = root / "studies" / study.plan.name / "trials"
    settings = {"trials": trials, "n_jobs": 1, "folder": folder, **changes}
    return Search(study, Extent(**settings), fake_command).run()
