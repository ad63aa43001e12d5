"""What the study measures: scenarios, finders, budget and seeds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rl_training.errors import ConfigError, UsageError, nearest
from rl_training.scenarios import get_scenario, scenario_names

FINDERS = ("agent", "reward_only", "random", "search")
"""In the order of the table; see the package."""
VARIANTS = ("bugs", "clean")
"""All planted bugs at once; none."""


class Run(NamedTuple):
    """One measurement."""

    scenario: str
    finder: str
    variant: str
    seed: int


@dataclass(frozen=True)
class BugPlan:
    """What is measured.

    Attributes:
        scenarios: that plant bugs.
        finders: who looks.
        decisions: of each run, over all arenas, training included.
        seeds: of the runs.
        num_envs: engines.
        arenas: copies of the scene in each engine.
        parameters: of scenarios, further environment parameters that hold for all finders.
    """

    scenarios: tuple[str, ...]
    finders: tuple[str, ...] = FINDERS
    decisions: int = 200_000
    seeds: tuple[int, ...] = (0, 1, 2)
    num_envs: int = 1
    arenas: int = 32

    def __post_init__(self) -> None:
        for finder in self.finders:
            if finder not in FINDERS:
                raise ConfigError(f"no finder {finder!r}.{nearest(finder, FINDERS)}")
        for scenario in self.scenarios:
            if not get_scenario(scenario).planted_bugs:
                raise UsageError(
                    f"the scenario {scenario} plants no bugs; those that do: "
                    f"{', '.join(planting_scenarios())}"
                )
        for name in ("decisions", "num_envs", "arenas"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; found {getattr(self, name)}")

    def runs(self) -> Iterator[Run]:
        """Yield all runs, the first seed of everything first."""
        for seed, scenario, finder, variant in itertools.product(
            self.seeds, self.scenarios, self.finders, VARIANTS
        ):
            yield Run(scenario, finder, variant, seed)


def planting_scenarios() -> tuple[str, ...]:
    """Return the scenarios that plant bugs."""
    return tuple(name for name in scenario_names() if get_scenario(name).planted_bugs)


def parameters_of(scenario: str, variant: str) -> dict[str, float]:
    """Return the switches of a variant: every planted bug on, or off."""
    bugs = get_scenario(scenario).planted_bugs
    return dict.fromkeys(bugs, 1.0 if variant == "bugs" else 0.0)
