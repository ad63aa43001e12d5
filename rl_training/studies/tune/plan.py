"""What a search is: its name, base settings, space, and how trials are judged and pruned.

Made by `spacetime-rl tune`; kept in the study, so that its name alone goes on with it. It knows
nothing of Optuna.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rl_training.config import TrainConfig
from rl_training.config.layers import flat, put_path
from rl_training.config.one_call import OF_ONE_CALL
from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED
from rl_training.scenarios import get_scenario
from rl_training.studies.tune.space import Scalar, SearchSpace, read_space, require_fit

Value = Literal["last", "best", "mean"]
Pruner = Literal["median", "asha", "none"]
Sampler = Literal["tpe", "random"]

SUCCESS, REWARD = "success_rate", "mean_reward"
EVALUATIONS = 10
"""Evaluations of a trial when the settings ask for none."""

# Where things are on one machine; another machine's share of the same study may differ.
_OF_MACHINE = (
    *("run_root", "environment.godot", "environment.project_path", "environment.env_path"),
    *("environment.num_envs", "environment.timeout_s", *OF_ONE_CALL),
)


@dataclass(frozen=True)
class SearchPlan:
    """A search.

    Attributes:
        name: of the study; its trials' runs are called <name>_t<number>.
        config: the base settings; a trial changes what the space names, its seed and its name.
        space: what is varied.
        value: of a trial's evaluations: the last one's metric, the best one's, or the mean of all,
            which prefers settings that learn fast.
        pruner: which trials are ended early: "median": worse than the median of the finished ones
            after as many evaluations; "asha": not in the best third at evaluation 2, 6, ...
        sampler: who chooses: "tpe" learns from the trials, "random" does not.
        startup: random trials before TPE chooses and before the median prunes.
        seed: of the choices.
    """

    name: str
    config: TrainConfig
    space: SearchSpace
    value: Value = "last"
    pruner: Pruner = "median"
    sampler: Sampler = "tpe"
    startup: int = 6
    seed: int = 0

    def __post_init__(self) -> None:
        if self.startup < 1:
            raise ConfigError(f"startup must be at least 1; found {self.startup}")
        require_fit(self.space, self.config)

    @property
    def metric(self) -> str:
        """What trials are judged by, as evaluations report it."""
        return self.config.evaluation.metric

    @property
    def higher_is_better(self) -> bool:
        """The direction in which the metric improves."""
        for metric in get_scenario(self.config.scenario).metrics:
            if metric.name == self.metric:
                return metric.higher_is_better
        return True

    @property
    def base_choice(self) -> dict[str, Scalar] | None:
        """What the base settings are in the space; None: they lie outside of it."""
        found = self.space.of(self.config)
        return found if not self.outside else None

    @property
    def outside(self) -> tuple[str, ...]:
        """Paths at which the base settings lie outside of the space."""
        found = self.space.of(self.config)
        plain = dict(flat(self.config.to_dict()))
        return tuple(
            path
            for path, each in self.space.settings.items()
            if path not in found or not each.has(plain[path])
        )

    def judged(self, results: Mapping[str, float]) -> float:
        """Return the metric of an evaluation; NaN: it is not there.

        As evaluations have it: success is the mean reward where the scene reports none.
        """
        if self.metric == SUCCESS and SUCCESS not in results:
            return results.get(REWARD, math.nan)
        return results.get(self.metric, math.nan)

    def value_of(self, evaluations: Sequence[float]) -> float:
        """Return what a trial is judged by.

        Args:
            evaluations: its metrics in their order, at least one.
        """
        if self.value == "mean":
            return sum(evaluations) / len(evaluations)
        if self.value == "best":
            return max(evaluations) if self.higher_is_better else min(evaluations)
        return evaluations[-1]

    def run_name(self, number: int) -> str:
        """Return the name of a trial's run."""
        return f"{self.name}_t{number:03d}"

    def trial_config(self, number: int, chosen: Mapping[str, Scalar]) -> TrainConfig:
        """Return the settings of a trial's run. Each has a seed of its own: no choice wins by luck.

        Args:
            number: of the trial.
            chosen: path to a number or a label.

        Raises:
            ConfigError: the choice does not fit together.
        """
        return self.config.replace(self.space.changes(chosen)).replace(
            {
                "experiment_name": self.run_name(number),
                "seed": (self.config.seed + number) % (MAX_SEED + 1),
            }
        )

    def best_config(self, chosen: Mapping[str, Scalar]) -> TrainConfig:
        """Return base settings and choice, as a training without the search has them."""
        return self.config.replace(self.space.changes(chosen))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as values that JSON can hold, without secrets."""
        plain = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return {**plain, "config": self.config.public_dict(), "space": self.space.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SearchPlan:
        """Make the plan that `to_dict` gave.

        Raises:
            ConfigError: a setting is unknown to this version.
        """
        config, space = TrainConfig.from_dict(data["config"]), read_space(data["space"], "study")
        return cls(**{**data, "config": config, "space": space})

    def differences(self, other: SearchPlan) -> list[str]:
        """Return what makes the trials of two plans incomparable, as "path: this, not that"."""
        mine, theirs = _comparable(self), _comparable(other)
        paths = dict.fromkeys([*mine, *theirs])
        return [
            f"{path}: {theirs.get(path)!r}, not {mine.get(path)!r}"
            for path in paths
            if mine.get(path) != theirs.get(path)
        ]

    def on_this_machine(self, config: TrainConfig) -> SearchPlan:
        """Return the plan with the run root, engine, port and token of other settings."""
        given = dict(flat(config.to_dict()))
        changes: dict[str, Any] = {}
        for path in ("run_root", "environment.godot", "environment.port", "environment.token"):
            put_path(changes, path, given[path])
        return dataclasses.replace(self, config=self.config.replace(changes))


def with_evaluations(config: TrainConfig) -> TrainConfig:
    """Return the settings with evaluations in training: trials are judged by them.

    Raises:
        ConfigError: the first evaluation would come after the end.
    """
    steps, every = config.training.timesteps, config.evaluation.every
    if every == 0:
        return config.replace({"evaluation": {"every": max(1, steps // EVALUATIONS)}})
    if every > steps:
        raise ConfigError(
            f"evaluation.every is {every:,}, but a trial ends after {steps:,} steps: trials are "
            "judged by evaluations; evaluate earlier or raise --timesteps"
        )
    return config


def _comparable(plan: SearchPlan) -> dict[str, Any]:
    data = plan.to_dict()
    config = dict(flat(data.pop("config")))
    for path in (*_OF_MACHINE, "experiment_name"):
        config.pop(path, None)
    space = {f"space of {path}": each for path, each in data.pop("space").items()}
    for name in ("sampler", "startup", "seed", "name"):
        del data[name]
    return {**data, **space, **config}
