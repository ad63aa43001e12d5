"""Which agent of the game each row of an environment is: its number, its place, its policy."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.groups import AgentGroup
from rl_training.errors import HarnessError
from rl_training.play.episodes import Agent

logger = logging.getLogger(__name__)

# Of the controllers: the number by which the engine draws their episodes.
_NUMBER = "rl_episode:agent_index"
# From here on the engine counts those who were not there at the start (roster.gd).
_FIRST_GUEST = 1 << 40


@dataclass(frozen=True)
class Seat:
    """A row of an environment.

    Attributes:
        number: of its agent among all agents of the run, arena by arena; its episodes' numbers
            follow from it. Rows stand group by group instead. None: a seat that nobody had at the
            start; who takes it plays along, and no numbered episode is that agent's, as in an
            evaluation inside the engine.
        agent: who it is; None when the environment does not tell.
    """

    number: int | None
    agent: Agent | None


def groups_of(env: object) -> Mapping[str, AgentGroup]:
    """Return the groups of an environment by name; empty when it tells none."""
    found = getattr(env, "groups", None)
    return found if isinstance(found, Mapping) else {}


def seats_of(env: Any) -> list[Seat]:
    """Return a seat for each row of an environment.

    Args:
        env: a VecEnv, or an environment with groups.
    """
    groups = groups_of(env)
    if not groups:
        return [Seat(row, None) for row in range(env.num_envs)]
    total = sum(len(group.agents) for group in groups.values())
    arenas = len({arena for group in groups.values() for arena in group.arenas})
    numbers = _numbers(env, total)
    in_scene = max(1, sum(number is not None for number in numbers) // max(1, arenas))
    paths = _paths(env, groups, total)
    found: list[Seat | None] = [None] * total
    for name, group in groups.items():
        for row in group.agents:
            number = numbers[row]
            agent = None if number is None else Agent(number % in_scene, paths[row], name)
            found[row] = Seat(number, agent)
    return [seat for seat in found if seat is not None]


def _numbers(env: VecEnv, total: int) -> list[int | None]:
    """Ask the engines for the agents' numbers; those of other plugins stand as their rows."""
    try:
        told = env.env_method("get_indexed", _NUMBER)
    except HarnessError as error:
        logger.debug("the agents' numbers are not known: %s", error)
        return list(range(total))
    # Agents that others play have numbers too: those of the rows are counted without them.
    known = sorted(number for number in told if number is not None and number < _FIRST_GUEST)
    places = {number: place for place, number in enumerate(known)}
    return [places.get(number) for number in told]


def _paths(env: VecEnv, groups: Mapping[str, AgentGroup], total: int) -> list[str]:
    """Return the paths of the controllers below their arenas' roots, empty where unknown."""
    paths = [""] * total
    for group in groups.values():
        for row, path in zip(group.agents, group.paths, strict=False):
            paths[row] = path
    if any(paths):
        return paths
    try:
        told = env.env_method("get_path")
    except HarnessError as error:
        # The stock plugin cannot be asked.
        logger.debug("the agents' paths are not known: %s", error)
        return paths
    return [below_root(path) for path in told]


def below_root(path: object) -> str:
    """Return a node's path below its scene's root; empty for what is no path.

    Args:
        path: absolute, as `/root/Main/Player/AIController3D`.
    """
    if not isinstance(path, str) or not path.startswith("/root/"):
        return ""
    return path.removeprefix("/root/").partition("/")[2] or "."
