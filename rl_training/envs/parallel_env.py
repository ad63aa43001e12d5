"""The agents of one arena as a PettingZoo `ParallelEnv`, each by its name.

`GroupParallelEnv` works over any `GroupEnv`; `GodotParallelEnv` launches one engine with one arena
for it. Who is alive and what an agent is called is kept by `parallel_seats`.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, Unpack

from rl_training.envs.faces import EngineArguments, settings_of
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.groups import GroupEnv, GroupReset, GroupStep
from rl_training.envs.parallel_seats import Seats
from rl_training.envs.reset_options import LoneArenaOptions
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ActionSpaceError, UsageError, nearest
from rl_training.gymnasium_api import engine_seed

try:
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise ImportError(
        "GodotParallelEnv needs PettingZoo: pip install 'spacetime-rl[pettingzoo]'"
    ) from error

ByAgent = dict[str, Any]
_ARENA_EPISODES = "--rl.arena_episodes"


class SeededGroupEnv(GroupEnv, Protocol):
    """What both environments over engines are."""

    def seed(self, seed: int | None = None) -> Any:
        """Draw the episodes after the next reset from `seed`."""

    def close(self) -> None:
        """End the engines."""


class GroupParallelEnv(ParallelEnv):  # type: ignore[misc]
    """The agents of one arena, by name.

    An agent is called `<group>_<i>`, i being its number in its group (`policy_name`). One that
    takes the seat of an agent that died or left gets a number that this episode has not seen;
    `possible_agents` then grows by its name. An agent whose episode ended, and one that left, is
    in the dictionaries of that step a last time, with its final observation, and then gone from
    `agents`. When none is left, the episode is over: the engine has begun the next one, which
    `reset` shows without beginning another.

    Args:
        env: an environment of one arena; owned by this object.
        flatten: one observation alone without its key, several vectors as one, one discrete
            action as `Discrete(n)`; False: spaces as in `GodotVecEnv`.

    Attributes:
        agents: names of the living agents; empty before the first reset and when all have died.

    Raises:
        UsageError: `env` has several arenas.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "name": "godot",
        "render_modes": ["human"],
        "is_parallelizable": True,
    }
    render_mode: str | None = None

    def __init__(self, env: SeededGroupEnv, *, flatten: bool = True) -> None:
        arenas = {arena for group in env.groups.values() for arena in group.arenas}
        if len(arenas) > 1:
            raise UsageError(
                f"the environment has {len(arenas)} arenas; PettingZoo's agents share one: "
                "launch it with num_envs=1 and arenas=1"
            )
        self._env = env
        self._seats = Seats(env.groups, flatten)
        self._spaces: dict[str, tuple[gym.Space[Any], gym.Space[Any]]] = {}
        self._told = LoneArenaOptions()
        # The first observations of an episode that the engine began by itself.
        self._begun: dict[str, GroupReset] | None = None
        self._has_begun = False

    @property
    def agents(self) -> list[str]:
        """Names of the living agents, group by group."""
        return self._seats.living

    @property
    def possible_agents(self) -> list[str]:
        """Names of all seats, and of the agents that joined in this episode."""
        return self._seats.known

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """Return an agent's observation space, the same object each time."""
        return self._spaces_of(agent)[0]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """Return an agent's action space, the same object each time."""
        return self._spaces_of(agent)[1]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ByAgent, dict[str, dict[str, Any]]]:
        """Begin an episode.

        Args:
            seed: begin the first episodes of this seed; None: the next ones. Before any seed the
                constructor's counts.
            options: `{"parameters": {name: value}}` sets environment parameters from this episode
                on, until they are set again: a number, a sampler ("uniform(0, 1)" or an object of
                `config.samplers`), or None: the scene's default. `{"level": seed}` makes this
                episode the one with that seed, whatever its number.

        Returns:
            First observations and infos of the agents that are there, by name.

        Raises:
            UsageError: no agent is in the arena.
        """
        changed = self._told.tell(self._env, options)
        first, self._begun = self._begun, None
        if first is None or seed is not None or changed:
            if seed is not None:
                self._env.seed(engine_seed(seed))
            first = self._env.reset_groups()
        observations, infos = self._seats.begin(first)
        self._has_begun = True
        if not observations:
            raise UsageError("no agent is in the arena when an episode begins")
        return observations, infos

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[ByAgent, dict[str, float], dict[str, bool], dict[str, bool], dict[str, Any]]:
        """Act for one decision.

        Args:
            actions: one for each of `agents`.

        Returns:
            Observations, rewards, terminated, truncated and infos of the agents that acted, and of
            those that joined (reward 0).

        Raises:
            UsageError: an action is missing, or is for an agent that is not alive.
            ActionSpaceError: an action has another shape than its space.
        """
        living = self.agents
        if not living:
            raise UsageError(
                "no agent is alive, the episode is over: call reset()"
                if self._has_begun
                else "call reset() before step()"
            )
        self._check_names(actions, living)
        steps = self._env.step_groups(self._arrays(actions))
        told = self._seats.advance(steps)
        if not self.agents and not self._seats.has_strays:
            self._begun = {name: _as_reset(step) for name, step in steps.items()}
        return told

    def render(self) -> None:
        """Do nothing: with `render_mode="human"` the engine draws into its own window."""

    def close(self) -> None:
        """End the engine; may be called again."""
        self._env.close()

    def __enter__(self) -> Self:
        """Return the environment."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the environment."""
        self.close()

    def _spaces_of(self, agent: str) -> tuple[gym.Space[Any], gym.Space[Any]]:
        if agent not in self._spaces:
            self._spaces[agent] = self._seats.spaces_of(agent)
        return self._spaces[agent]

    def _check_names(self, actions: Mapping[str, Any], living: list[str]) -> None:
        for name in actions:
            if name not in living:
                known = self.possible_agents
                why = "has ended or left" if name in known else f"is unknown.{nearest(name, known)}"
                raise UsageError(
                    f"there is an action for the agent {name!r}, which {why}; "
                    f"alive: {', '.join(living)}"
                )
        missing = [name for name in living if name not in actions]
        if missing:
            raise UsageError(
                f"there is no action for {', '.join(missing)}: step() wants one for each of agents"
            )

    def _arrays(self, actions: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        arrays = self._seats.neutral_actions()
        for name, action in actions.items():
            group, row = self._seats.place_of(name)
            columns = np.asarray(action).reshape(-1)
            if columns.shape != arrays[group][row].shape or columns.dtype.kind not in "biuf":
                raise ActionSpaceError(
                    f"the action of {name} is {action!r}, expected one of {self.action_space(name)}"
                )
            arrays[group][row] = columns
        return arrays


class GodotParallelEnv(GroupParallelEnv):
    """The agents of a scene, in one engine with one arena.

    Where the scene lets its agents end one by one (`arena_episodes` "each"), those that ended wait
    here until all have: the engine is asked for "last".

    Args:
        project_path: folder with project.godot, to run from source.
        scene_path: scene inside the project, `res://...` or relative; None for the main scene.
        env_path: an exported game; with `project_path`, an engine binary.
        render_mode: None, or "human": a window, at the speed of the clock.
        flatten: see `GroupParallelEnv`.
        settings: further settings by name, as `EnvSettings` describes them: `port`, `seed`,
            `action_repeat`, `show_window`, `screen`, ...

    Attributes:
        vec_env: the `GodotVecEnv` below, for `load_policy`, `set_control`, `env_method`.

    Raises:
        UsageError: a setting, the project, the scene or a port will not do.
        EngineStartError: the engine ended before it was ready.
    """

    def __init__(
        self,
        project_path: str | os.PathLike[str] | None = None,
        scene_path: str | None = None,
        *,
        env_path: str | os.PathLike[str] | None = None,
        render_mode: str | None = None,
        flatten: bool = True,
        **settings: Unpack[EngineArguments],
    ) -> None:
        if render_mode not in (None, "human"):
            raise UsageError(f"render_mode is {render_mode!r}, expected None or 'human' (a window)")
        if render_mode == "human":
            settings["show_window"] = True
        self.render_mode = "human" if settings.get("show_window") else None
        wanted = settings_of(settings, project_path, scene_path, env_path)
        self.vec_env = _launch(wanted)
        try:
            super().__init__(self.vec_env, flatten=flatten)
        except BaseException:
            self.vec_env.close()
            raise


def _launch(settings: EnvSettings) -> GodotVecEnv:
    """Launch the game; once more where the scene's agents would not wait for each other."""
    env = GodotVecEnv.from_settings(settings)
    harness = env.env_info.harness
    if (
        env.num_envs == 1
        or harness is None
        or harness.arena_episodes != "each"
        or settings.in_editor
        or any(_ARENA_EPISODES in argument for argument in settings.env_args)
    ):
        return env
    env.close()
    arguments = (*env.settings.env_args, f"{_ARENA_EPISODES}=last")
    return GodotVecEnv.from_settings(dataclasses.replace(env.settings, env_args=arguments))


def _as_reset(step: GroupStep) -> GroupReset:
    return GroupReset(step.obs, [{} for _ in step.infos], step.present)
