"""Scenarios, found by discovery: every module here with a `SCENARIO` is one."""

from __future__ import annotations

import importlib
import pkgutil

from rl_training.errors import ConfigError, SceneNotFoundError, nearest
from rl_training.scenarios.scenario import GroundPlan, MatchRules, Metric, NumpyTwin, Scenario

__all__ = [
    "GroundPlan",
    "MatchRules",
    "Metric",
    "NumpyTwin",
    "Scenario",
    "get_scenario",
    "scenario_names",
]


def scenario_names() -> tuple[str, ...]:
    """Return the names of all scenarios, in alphabetical order."""
    return tuple(
        sorted(
            module.name for module in pkgutil.iter_modules(__path__) if module.name != "scenario"
        )
    )


def get_scenario(name: str) -> Scenario:
    """Return the scenario called `name`.

    Raises:
        SceneNotFoundError: there is none; the message names the nearest and all that exist.
        ConfigError: its file does not define it.
    """
    names = scenario_names()
    if name not in names:
        raise SceneNotFoundError(
            f"no scenario {name!r}.{nearest(name, names)} Known: {', '.join(names)}"
        )
    scenario = getattr(importlib.import_module(f"{__name__}.{name}"), "SCENARIO", None)
    if not isinstance(scenario, Scenario) or scenario.name != name:
        raise ConfigError(
            f"scenarios/{name}.py must define SCENARIO = Scenario(name={name!r}, ...)"
        )
    return scenario
