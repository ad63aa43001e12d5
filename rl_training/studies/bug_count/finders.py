"""Lets one finder look for bugs in one variant of a scenario, and counts what it finds."""

from __future__ import annotations

import dataclasses
import logging
import shutil
import time
from pathlib import Path
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from rl_training.config import TrainConfig
from rl_training.envs.factory import make_vec_env
from rl_training.envs.settings import EnvSettings
from rl_training.exploration.explorer import explore
from rl_training.exploration.limits import Limits
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.strategy import Way
from rl_training.project_files import our_project
from rl_training.scenarios import get_scenario
from rl_training.studies.bug_count.paid_env import FindRewards, PaidEnv, Wanderers
from rl_training.studies.bug_count.plan import BugPlan, Run, parameters_of
from rl_training.studies.bug_count.result import BugRow
from rl_training.studies.bug_count.tally import Tally
from rl_training.training.configuration import default_config, run_paths
from rl_training.training.pipeline import train

logger = logging.getLogger(__name__)

TARGET = "target_bug"
WANDERING = 0.25
"""Share of our agent's copies that play at random and are not learned from, at most."""
LOOK = 8192
"""Decisions after which there are more or fewer of them, by what they found."""
WATCH = "watch"
"""Parameter by which a scenario's training switches its own detectors off."""
FACTS = "--rl.explore=1"
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
        tally = _explored(plan, run, godot, port)
    else:
        tally = _trained(plan, run, root, godot)
    return BugRow.of(run, tally, time.monotonic() - began)


def _explored(plan: BugPlan, run: Run, godot: str | None, port: int) -> Tally:
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
    tally = Tally(decisions=found.decisions, episodes=found.total_episodes)
    for each in found.book.in_order():
        tally.first.setdefault(each.kind, each.step)
        # An episode with two findings of a kind counts twice, but never more than there are.
        episodes = tally.with_kind.get(each.kind, 0) + each.episodes
        tally.with_kind[each.kind] = min(episodes, max(found.total_episodes, 1))
    tally.cells = set(found.archive.first_seen)
    return tally


def _trained(plan: BugPlan, run: Run, root: Path, godot: str | None) -> Tally:
    tally = Tally()
    tests = run.finder == "agent"

    def make(settings: EnvSettings, kind: Any) -> VecEnv:
        told = dataclasses.replace(settings, env_args=(*settings.env_args, FACTS))
        env = make_vec_env(told, kind)
        wandering = round(WANDERING * env.num_envs) if tests else 0
        rows = range(env.num_envs - wandering, env.num_envs)
        wanderers = Wanderers(rows, env.action_space, run.seed, period=LOOK)
        return PaidEnv(env, tally, FindRewards() if tests else None, wanderers)

    config = training_config(plan, run, root, godot)
    paths = run_paths(config)
    shutil.rmtree(paths.logs, ignore_errors=True)  # of a run that was cut off
    result = train(config, make)
    if result.stopped:
        raise KeyboardInterrupt
    return tally


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
        }
    )
