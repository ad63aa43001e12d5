"""The engines for RLlib: one agent as a `gymnasium.Env`, or the agents of an arena by name.

For those who bring their own RLlib (docs/rllib.md); nothing else of this package imports Ray. Both
classes are made by RLlib in its own processes, from `env_config`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import gymnasium as gym

from rl_training.envs.gym_env import GodotEnv
from rl_training.envs.parallel_env import GodotParallelEnv
from rl_training.runs.seeds import episode_seed

try:
    from ray.rllib.env.multi_agent_env import MultiAgentEnv
except ImportError as error:
    raise ImportError(
        "rl_training.envs.rllib_env needs RLlib: pip install 'ray[rllib]' (docs/rllib.md)"
    ) from error

_MOST_PER_RUNNER = 4096
_SPARE_NAMES = 8
_made = itertools.count()


class RLlibEnv(GodotEnv):
    """One agent in one engine, made from RLlib's `env_config`.

    Every environment of every runner gets a free port and, unless RLlib resets it with a seed,
    episodes of its own.

    Args:
        config: arguments of `GodotEnv` by name.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__(**_arguments(config))


class RLlibMultiAgentEnv(MultiAgentEnv):  # type: ignore[misc]
    """The agents of one arena in one engine, made from RLlib's `env_config`.

    Agents are called `<group>_<i>`; `group_of` maps them to one module a group. The episode is
    over when none is left.

    Args:
        config: arguments of `GodotParallelEnv` by name, and `spare_names`: how many agents of each
            group may join an episode under new names (8).

    Attributes:
        env: the `GodotParallelEnv` below.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        arguments = _arguments(config)
        spare = int(arguments.pop("spare_names", _SPARE_NAMES))
        self.env = GodotParallelEnv(**arguments)
        # RLlib wants to know beforehand the names of agents that join.
        self.possible_agents = list(self.env.possible_agents) + [
            f"{name}_{len(group.agents) + number}"
            for name, group in self.env.vec_env.groups.items()
            for number in range(spare)
        ]
        self.agents = list(self.possible_agents)
        self.observation_spaces = {
            agent: self.env.observation_space(agent) for agent in self.possible_agents
        }
        self.action_spaces = {agent: self.env.action_space(agent) for agent in self.possible_agents}
        super().__init__()

    def get_observation_space(self, agent_id: str) -> gym.Space[Any]:
        """Return an agent's observation space, also of one that joined."""
        return self.env.observation_space(agent_id)

    def get_action_space(self, agent_id: str) -> gym.Space[Any]:
        """Return an agent's action space, also of one that joined."""
        return self.env.action_space(agent_id)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode; see `GodotParallelEnv.reset`."""
        super().reset(seed=seed, options=options)
        observations, infos = self.env.reset(seed=seed, options=options)
        self.agents = list(self.env.agents)
        return observations, infos

    def step(
        self, action_dict: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Any]]:
        """Act for one decision; `__all__` tells whether the episode is over."""
        observations, rewards, terminated, truncated, infos = self.env.step(action_dict)
        # RLlib's checker wants those that just died among them.
        self.agents = list(observations)
        is_over = not self.env.agents
        # Cut off as a whole when the last ones were.
        was_cut_off = is_over and not any(terminated.values())
        terminated["__all__"] = is_over and not was_cut_off
        truncated["__all__"] = was_cut_off
        return observations, rewards, terminated, truncated, infos

    def close(self) -> None:
        """End the engine; may be called again."""
        self.env.close()


def group_of(agent_id: str, *_episode: Any, **_more: Any) -> str:
    """Return the group of an agent: for RLlib's `policy_mapping_fn`."""
    return agent_id.rpartition("_")[0]


def _arguments(config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the constructor's arguments: any free port, and a seed for this environment alone."""
    arguments = dict(config or {})
    arguments.setdefault("port", 0)
    worker = int(getattr(config, "worker_index", 0))
    place = worker * _MOST_PER_RUNNER + next(_made) % _MOST_PER_RUNNER
    arguments["seed"] = episode_seed(int(arguments.get("seed", 0)), place)
    return arguments
