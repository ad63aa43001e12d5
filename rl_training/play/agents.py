"""Which agent of its scene each row of an environment is, and which policy it asks for."""

from __future__ import annotations

import logging

from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.engine_client import EngineClient
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.errors import HarnessError
from rl_training.play.episodes import Agent

logger = logging.getLogger(__name__)


def agents_of(env: VecEnv) -> list[Agent | None]:
    """Return who each of the environment's agents is; None for those that it does not tell."""
    if not isinstance(env, GodotVecEnv):
        return [None] * env.num_envs
    found: list[Agent | None] = []
    for client in env.envs:
        first = len(found)
        # Agents come arena by arena, and every arena holds the same.
        size = _agents_of_a_scene(client)
        paths = _paths(env, range(first, first + size))
        names = client.agent_policy_names
        found += [
            Agent(number % size, paths[number % size], name) for number, name in enumerate(names)
        ]
    return found


def _agents_of_a_scene(client: EngineClient) -> int:
    harness, agents = client.info.harness, len(client.agent_policy_names)
    return agents if harness is None else max(1, agents // max(1, harness.arenas))


def _paths(env: GodotVecEnv, agents: range) -> list[str]:
    """Return the paths of the first arena's controllers below its root, empty where unknown."""
    try:
        told = env.env_method("get_path", indices=list(agents))
    except HarnessError as error:
        # The stock plugin cannot be asked.
        logger.debug("the agents' paths are not known: %s", error)
        return [""] * len(agents)
    return [below_root(path) for path in told]


def below_root(path: object) -> str:
    """Return a node's path below its scene's root; empty for what is no path.

    Args:
        path: absolute, as `/root/Main/Player/AIController3D`.
    """
    if not isinstance(path, str) or not path.startswith("/root/"):
        return ""
    return path.removeprefix("/root/").partition("/")[2] or "."
