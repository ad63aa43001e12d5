"""Plays a scenario as the conformance tests look at it: random actions, levels, own worlds.

`test_conformance.py` judges what comes of it; nothing here knows a scenario by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import AgentGroup
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
    settings = env_settings(default_config(name), get_scenario(name))
    changed = {"num_envs": 1, "arenas": arenas, "isolation": "worlds", "port": 0, "seed": 5}
    return GodotVecEnv.from_settings(replace(settings, **changed))  # type: ignore[arg-type]


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
    seen = {}
    for name, group in env.groups.items():
        fields = env.group(name).layout.observations.fields
        names = {part.key: list(part.names) for part in fields}
        keys = {key: [array.copy()] for key, array in first[name].obs.items()}
        seen[name] = (Seen(group, names), keys, [first[name].present], [], [])
    for _ in range(decisions):
        steps = env.step_groups(random_actions(env, arenas, generator))
        for name, (of_group, keys, present, rewards, ends) in seen.items():
            step = steps[name]
            for key, array in step.obs.items():
                keys[key].append(array.copy())
            present.append(step.present)
            rewards.append(step.rewards.copy())
            ends.append(step.dones.copy())
            of_group.infos += [step.infos[row] for row in np.flatnonzero(step.dones)]
    played = {}
    for name, (of_group, keys, present, rewards, ends) in seen.items():
        of_group.observations = {key: np.array(arrays) for key, arrays in keys.items()}
        of_group.present = np.array(present)
        of_group.rewards, of_group.ends = np.array(rewards), np.array(ends)
        played[name] = of_group
    return played


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
