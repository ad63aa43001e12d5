"""Plays a scenario as the conformance tests look at it: random actions, levels, own worlds.

`test_conformance.py` judges what comes of it; nothing here knows a scenario by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.config.parameter_plan import first_parameters
from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.scenarios import Scenario, get_scenario, scenario_names
from rl_training.training.configuration import default_config
from rl_training.training.environment import env_settings

REPOSITORY = Path(__file__).parents[3]
LEVELS = tuple(range(7, 7 + 400))
"""Seeds of the episodes, the same in every arena."""


def scenes() -> tuple[str, ...]:
    """Return the scenarios that have a scene: all that are found but `custom`."""
    return tuple(name for name in scenario_names() if get_scenario(name).scene_path is not None)


def limit_of(scenario: Scenario) -> int:
    """Return after how many decisions an episode is over at the latest."""
    assert scenario.action_repeat is not None, f"{scenario.name} does not say its action_repeat"
    assert scenario.time_limit_s > 0.0, f"{scenario.name} does not say its time_limit_s"
    ticks = scenario.time_limit_s * scenario.physics_ticks_per_second
    return round(ticks / scenario.action_repeat)


@dataclass
class Seen:
    """What one group of agents saw; the first axis is decisions.

    Attributes:
        observations: key to (decisions + 1, agents, ...).
        rewards, ends: (decisions, agents).
        present: (decisions + 1, agents): the seat had an agent.
        infos: of ended episodes.
        names: of the elements of each key.
    """

    group: AgentGroup
    names: dict[str, list[str]]
    observations: dict[str, NDArray[Any]] = field(default_factory=dict)
    rewards: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    ends: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    present: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    infos: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, arena: int) -> list[int]:
        """Return the rows of an arena's agents."""
        return [row for row, own in enumerate(self.group.arenas) if own == arena]


def open_scene(name: str, arenas: int) -> GodotVecEnv:
    """Start one engine as a training of the scenario would, each arena in a world of its own."""
    config = default_config(name)
    settings = env_settings(config, get_scenario(name))
    changed = {"num_envs": 1, "arenas": arenas, "isolation": "worlds", "port": 0, "seed": 5}
    env = GodotVecEnv.from_settings(replace(settings, **changed))  # type: ignore[arg-type]
    # As in training: a scenario that can read the clock counts work there instead.
    env.set_parameters(first_parameters(config))
    return env


def random_actions(
    env: GodotVecEnv, arenas: int, generator: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Draw for one arena and give every arena the same."""
    drawn = {}
    for name, group in env.groups.items():
        count = len(group.agents) // arenas
        rows = np.array([_draw(group.action_space, generator) for _ in range(count)])
        drawn[name] = np.concatenate([rows] * arenas)
    return drawn


def play(env: GodotVecEnv, arenas: int, decisions: int, actions_seed: int = 0) -> dict[str, Seen]:
    """Play the levels in every arena with the same random actions.

    Args:
        env: of `open_scene`.
        arenas: how many it has.
        decisions: how many are played.
        actions_seed: of the actions.
    """
    env.set_levels(dict.fromkeys(range(arenas), LEVELS))
    env.seed(5)
    first = env.reset_groups()
    generator = np.random.default_rng(actions_seed)
    looks = {name: _Look(env, group, first[name]) for name, group in env.groups.items()}
    for _ in range(decisions):
        steps = env.step_groups(random_actions(env, arenas, generator))
        for name, look in looks.items():
            look.take(steps[name])
    return {name: look.seen() for name, look in looks.items()}


class _Look:
    """Keeps what comes of one group."""

    def __init__(self, env: GodotVecEnv, group: AgentGroup, first: GroupReset) -> None:
        fields = env.group(group.name).layout.observations.fields
        self._seen = Seen(group, {part.key: list(part.names) for part in fields})
        self._obs = {key: [array.copy()] for key, array in first.obs.items()}
        self._present = [first.present]
        self._rewards: list[NDArray[np.float32]] = []
        self._ends: list[NDArray[np.bool_]] = []

    def take(self, step: GroupStep) -> None:
        """Keep what a decision brought."""
        for key, array in step.obs.items():
            self._obs[key].append(array.copy())
        self._present.append(step.present)
        self._rewards.append(step.rewards.copy())
        self._ends.append(step.dones.copy())
        self._seen.infos += [step.infos[row] for row in np.flatnonzero(step.dones)]

    def seen(self) -> Seen:
        """Return all of it."""
        self._seen.observations = {key: np.array(arrays) for key, arrays in self._obs.items()}
        self._seen.present = np.array(self._present)
        self._seen.rewards, self._seen.ends = np.array(self._rewards), np.array(self._ends)
        return self._seen


def _draw(space: spaces.Space[Any], generator: np.random.Generator) -> NDArray[Any]:
    if isinstance(space, spaces.Box):
        return generator.uniform(space.low, space.high).astype(np.float32)
    if isinstance(space, spaces.MultiDiscrete):
        return generator.integers(0, space.nvec)
    if isinstance(space, spaces.Discrete):
        return np.asarray(generator.integers(0, space.n))
    assert isinstance(space, spaces.Tuple | spaces.Dict), space
    space.seed(int(generator.integers(1 << 31)))
    return np.asarray(space.sample())


def played_tonight(files: list[Path]) -> list[Any]:
    """Return a test's cases: the first scenario's baseline now, the others in the nightly."""
    nightly = pytest.mark.nightly
    return [
        pytest.param(path, marks=() if path.stem.startswith("vr_locomotion") else nightly)
        for path in files
    ]
