"""Opens a scenario's scene and plays it with drawn actions, for the tests of single scenarios.

Which actions are drawn is the test's; `conformance.py` plays what every scenario must pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario

REPOSITORY = Path(__file__).parents[3]


class Played(NamedTuple):
    """What came of a play; the first axis is decisions, the second is agents.

    Attributes:
        observations: (decisions + 1, agents, ...).
        rewards: (decisions, agents) float32.
        dones: (decisions, agents) bool.
    """

    observations: NDArray[Any]
    rewards: NDArray[np.float32]
    dones: NDArray[np.bool_]


def open_scenario(name: str, **changes: Any) -> GodotVecEnv:
    """Start one engine with four arenas, each in a world of its own, from seed 5.

    Args:
        name: of the scenario.
        changes: other settings of the environment.
    """
    scenario = get_scenario(name)
    settings: dict[str, Any] = {"num_envs": 1, "arenas": 4, "port": 0, "seed": 5}
    settings |= {"action_repeat": scenario.action_repeat, "isolation": "worlds", **changes}
    return GodotVecEnv(project_path=str(REPOSITORY), scene_path=scenario.scene_path, **settings)


def uniform(decisions: int, agents: int, size: int, seed: int = 0) -> NDArray[np.float32]:
    """Draw actions in [-1, 1]: (decisions, agents, size)."""
    drawn = np.random.default_rng(seed).uniform(-1.0, 1.0, (decisions, agents, size))
    return drawn.astype(np.float32)


def play(env: GodotVecEnv, actions: Iterable[NDArray[Any]], key: str = "obs") -> Played:
    """Play from seed 5.

    Args:
        env: of one engine.
        actions: of each decision, for as many agents as the largest env of the test has: with
            fewer agents the first ones do the same.
        key: of the observation that is kept.
    """
    env.seed(5)
    first = env.reset()
    assert isinstance(first, dict)
    observations, rewards, dones = [first[key].copy()], [], []
    for rows in actions:
        seen, earned, ended, _infos = env.step(rows[: env.num_envs])
        assert isinstance(seen, dict)
        observations.append(seen[key].copy())
        rewards.append(earned.copy())
        dones.append(ended.copy())
    return Played(np.stack(observations), np.stack(rewards), np.stack(dones))
