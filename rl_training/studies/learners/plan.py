"""What the study of learners compares: a plan in YAML, for any scenarios and algorithms.

Called by `spacetime-rl study learners`. It starts nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator
from typing_extensions import Self

from rl_training.config import TrainConfig
from rl_training.config.files import read_settings
from rl_training.config.samplers import ParameterValue
from rl_training.config.section import Section
from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED
from rl_training.studies.plan_file import plan_file
from rl_training.training.configuration import default_config, run_paths

PLANS = Path(__file__).parent / "plans"

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


class Demonstrations(Section):
    """Play that learners which imitate are given."""

    model: str
    """The policy that is recorded, a .zip or .onnx file; it plays with its most probable action."""
    episodes: Count
    """Episodes of it."""
    seed: Seed = 500_000
    """Of the episodes: neither a run's nor the evaluations'."""


class Task(Section):
    """A scenario with its parameters, and how long it is learned."""

    about: str = ""
    """What it is, in a few words, for the page."""
    scenario: str
    """What is learned."""
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)
    """Environment parameters, the same in training, evaluations and demonstrations."""
    timesteps: Count
    """Decisions of all agents that a run may take in the environment."""
    every: Count
    """Timesteps between two evaluations in training."""
    demonstrations: Demonstrations | None = None
    """What learners that imitate learn from."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What all runs on it change in their configuration."""

    @model_validator(mode="after")
    def _evaluated(self) -> Self:
        if self.every > self.timesteps:
            raise ValueError(
                f"every must be at most timesteps ({self.timesteps}), or nothing is evaluated; "
                f"found {self.every}"
            )
        return self


class Entrant(Section):
    """A learner with its settings."""

    about: str = ""
    """What it is, in a few words, for the page."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What it changes in a run's configuration, on every task."""
    on: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """What it changes besides, by task."""
    imitates: bool = False
    """Learns from the task's demonstrations alone and takes no decision in the environment."""
    shown: dict[str, Count] = Field(default_factory=dict)
    """Episodes of the demonstrations that one which imitates is given, the first ones, by task; all
    where left out."""
    begins_with: str | None = None
    """The entrant whose policy of the same seed it goes on with."""
    timesteps: dict[str, Count] = Field(default_factory=dict)
    """Fewer decisions than the task allows, by task, where more would take too long; of one that
    imitates, decisions that it learns from, each as often as it does."""


class LearnersPlan(Section):
    """The runs of the study: every entrant on every task, once for each seed."""

    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] = (0, 1, 2)
    """One run of each entrant on each task for each."""
    episodes: Annotated[int, Field(ge=2)] = 20
    """Of each evaluation in training."""
    final_episodes: Annotated[int, Field(ge=2)] = 100
    """Of the evaluation of a finished policy."""
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """Success to which decisions and seconds are counted."""
    tasks: Annotated[dict[str, Task], Field(min_length=1)]
    """What is learned, by name."""
    entrants: Annotated[dict[str, Entrant], Field(min_length=2)]
    """Who learns, by name."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        for name in (*self.tasks, *self.entrants):
            if not name.replace("_", "").isalnum():
                raise ValueError(f"a name is letters, digits and '_'; found {name!r}")
        for name, entrant in self.entrants.items():
            before = entrant.begins_with
            if before is not None and not self._imitates(before):
                raise ValueError(f"entrants.{name}.begins_with: {before!r} is none that imitates")
            for task in (*entrant.on, *entrant.timesteps, *entrant.shown):
                if task not in self.tasks:
                    raise ValueError(f"entrants.{name}: there is no task {task!r}")
            if entrant.shown and not entrant.imitates:
                raise ValueError(f"entrants.{name}.shown: it does not imitate")
            for task, episodes in entrant.shown.items():
                there = self.tasks[task].demonstrations
                if there is not None and episodes > there.episodes:
                    raise ValueError(
                        f"entrants.{name}.shown.{task} is {episodes}, more than the task's "
                        f"{there.episodes} episodes"
                    )
            for task, steps in entrant.timesteps.items():
                if steps > self.tasks[task].timesteps and not entrant.imitates:
                    raise ValueError(
                        f"entrants.{name}.timesteps.{task} is {steps}, more than the task's "
                        f"{self.tasks[task].timesteps}"
                    )
        if any(one.imitates for one in self.entrants.values()):
            for name, given in self.tasks.items():
                if given.demonstrations is None:
                    raise ValueError(f"tasks.{name} has no demonstrations to imitate")
        return self

    def _imitates(self, name: str) -> bool:
        return name in self.entrants and self.entrants[name].imitates

    def demonstrated(self, task: str, entrant: str) -> int:
        """Return how many demonstrations an entrant uses, itself or in what it begins with."""
        given, shown = self.entrants[entrant], self.tasks[task].demonstrations
        if given.begins_with is not None:
            return self.demonstrated(task, given.begins_with)
        if not given.imitates or shown is None:
            return 0
        return given.shown.get(task, shown.episodes)

    def config(
        self, task: str, entrant: str, seed: int, root: Path, godot: str | None = None
    ) -> TrainConfig:
        """Return the settings of a run.

        Args:
            task: one of `tasks`.
            entrant: one of `entrants`.
            seed: of the run.
            root: holds models/ and logs/, and the demonstrations.
            godot: engine binary; None: found or installed.

        Raises:
            ConfigError: a setting of the plan is unknown or out of range.
        """
        given, learner = self.tasks[task], self.entrants[entrant]
        steps = learner.timesteps.get(task, given.timesteps)
        of_study: dict[str, Any] = {
            "experiment_name": run_name(task, entrant, seed),
            "run_root": str(root),
            "seed": seed,
            "parameters": given.to_dict()["parameters"],
            "training": {"timesteps": steps, "save_frequency": steps, "export_onnx": False},
            "evaluation": {"every": given.every, "episodes": self.episodes},
        }
        if learner.imitates:
            of_study["evaluation"] = {"every": 0}
            files = [str(demonstrations_path(root, task, self.demonstrated(task, entrant)))]
            of_study["algorithm"] = {"demonstrations": files}
        if learner.begins_with is not None:
            start = policy_path(root, task, learner.begins_with, seed)
            of_study["training"]["start_from"] = str(start)
        if godot is not None:
            of_study["environment"] = {"godot": godot}
        own = [learner.settings, learner.on.get(task, {})]
        try:
            return default_config(given.scenario, given.settings, *own, of_study)
        except ConfigError as error:
            raise ConfigError(f"{entrant!r} of the plan on {task!r}: {error}") from error


def run_name(task: str, entrant: str, seed: int) -> str:
    """Return the name of a run's files."""
    return f"{task}_{entrant}_seed{seed}"


def demonstrations_path(root: Path, task: str, episodes: int) -> Path:
    """Return where so many demonstrations of a task are."""
    return root / f"{task}_{episodes}.traj"


def policy_path(root: Path, task: str, entrant: str, seed: int) -> Path:
    """Return where a run's finished policy is."""
    return root / "models" / f"{run_name(task, entrant, seed)}_final.zip"


def read_plan(given: str) -> LearnersPlan:
    """Return a plan.

    Args:
        given: a file, or the name of a plan of this package.

    Raises:
        ConfigError: there is none, or a setting in it is wrong.
    """
    plan = LearnersPlan.from_dict(read_settings(plan_file(given, PLANS)))
    for task in plan.tasks:  # a mistake is told now, not after hours of runs
        for entrant in plan.entrants:
            run_paths(plan.config(task, entrant, plan.seeds[0], Path()))
    return plan
