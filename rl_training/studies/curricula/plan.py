"""What the study of curricula compares: a plan in YAML, for any scenario.

Called by `spacetime-rl study curricula`. It starts nothing.
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
from rl_training.training.configuration import default_config

PLANS = Path(__file__).parent / "plans"

Count = Annotated[int, Field(ge=1)]
Parameters = dict[str, ParameterValue]


class Kind(Section):
    """One way to train."""

    about: str = ""
    """What it does, in a few words, for the page."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What it changes in a run's configuration."""


class CurriculaPlan(Section):
    """The runs of the study, all alike but for their kind and seed."""

    scenario: str
    """What is learned."""
    timesteps: Count
    """Decisions of every run."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, le=MAX_SEED)], ...], Field(min_length=1)] = (
        0,
        1,
        2,
    )
    """One run of each kind for each."""
    hardest: Parameters
    """Environment parameters of the hardest courses, on which all runs are judged."""
    every: Count
    """Timesteps between two evaluations in training."""
    episodes: Annotated[int, Field(ge=2)] = 50
    """Of each of those."""
    final_episodes: Annotated[int, Field(ge=2)] = 200
    """Of each evaluation of a finished policy."""
    others: dict[str, Parameters] = Field(default_factory=dict)
    """Further evaluations of a finished policy: name to environment parameters."""
    threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    """Success on the hardest courses to which timesteps and seconds are counted."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What all runs change in their configuration."""
    kinds: Annotated[dict[str, Kind], Field(min_length=2)]
    """Ways to train by name; the first is what the others are compared with."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        for name in self.kinds:
            if not name.replace("_", "").isalnum():
                raise ValueError(f"kinds: a name is letters, digits and '_'; found {name!r}")
        if self.every > self.timesteps:
            raise ValueError(
                f"every must be at most timesteps ({self.timesteps}), or nothing is evaluated; "
                f"found {self.every}"
            )
        return self

    @property
    def baseline(self) -> str:
        """Kind that the others are compared with."""
        return next(iter(self.kinds))

    @property
    def tests(self) -> dict[str, Parameters]:
        """Evaluations of a finished policy by name, the hardest courses first."""
        return {"hardest": self.hardest, **self.others}

    def config(self, kind: str, seed: int, root: Path, godot: str | None = None) -> TrainConfig:
        """Return the settings of a run.

        Args:
            kind: one of `kinds`.
            seed: of the run.
            root: holds models/ and logs/.
            godot: engine binary; None: found or installed.

        Raises:
            ConfigError: a setting of the plan is unknown or out of range.
        """
        of_study = {
            "experiment_name": run_name(kind, seed),
            "run_root": str(root),
            "seed": seed,
            "training": {"timesteps": self.timesteps, "save_frequency": self.timesteps},
            "evaluation": {
                "every": self.every,
                "episodes": self.episodes,
                "parameters": self.to_dict()["hardest"],
            },
        }
        if godot is not None:
            of_study["environment"] = {"godot": godot}
        try:
            # Layers, not one mapping: null takes a parameter of the scenario out.
            return default_config(self.scenario, self.settings, self.kinds[kind].settings, of_study)
        except ConfigError as error:
            raise ConfigError(f"kind {kind!r} of the plan: {error}") from error


def run_name(kind: str, seed: int) -> str:
    """Return the name of a run's files."""
    return f"{kind}_seed{seed}"


def read_plan(given: str) -> CurriculaPlan:
    """Return a plan.

    Args:
        given: a file, or the name of a plan of this package.

    Raises:
        ConfigError: there is none, or a setting in it is wrong.
    """
    plan = CurriculaPlan.from_dict(read_settings(plan_file(given, PLANS)))
    for kind in plan.kinds:  # a mistake is told now, not after hours of runs
        plan.config(kind, plan.seeds[0], Path())
    return plan
