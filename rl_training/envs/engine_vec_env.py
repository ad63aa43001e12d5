"""What both environments over engines share: constructor, seeds, calls, the `with` block.

Called by `GodotVecEnv` and `SubprocGodotVecEnv`, which say how engines start, step and end. The
settings are described once, in `EnvSettings`.
"""

from __future__ import annotations

import contextlib
import logging
import os
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, VecEnvIndices
from typing_extensions import Self

from rl_training.envs.agent_calls import call_method, get_attribute, has_attribute, set_attribute
from rl_training.envs.batches import EngineReset, EngineStep, flat_reset, flat_step
from rl_training.envs.group_rows import GroupRows
from rl_training.envs.group_view import GroupCoordinator, GroupVecEnv
from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.envs.order_desk import OrderDesk, parameters_of_options
from rl_training.envs.order_methods import OrderMethods
from rl_training.envs.seats import joined_flags
from rl_training.envs.seeding import SeedKeeper
from rl_training.envs.settings import EnvSettings, ScreenChoice
from rl_training.limits import DEFAULT_PORT
from rl_training.protocol import EnvInfo
from rl_training.protocol.orders import Order

_log = logging.getLogger(__name__)


class EngineVecEnv(OrderMethods, VecEnv):
    """A Stable-Baselines3 `VecEnv` over one or many Godot engines.

    Every agent of every engine is one environment. Observations are dictionaries of
    (num_envs, ...) arrays, rewards (num_envs,) float32. After an episode's end the observation is
    the next episode's first; `infos[i]["terminal_observation"]` and
    `infos[i]["TimeLimit.truncated"]` tell about the one that ended. Close it, or use it in a `with`
    block.

    Args: those of `EnvSettings`, which describes them. `num_envs` counts engine processes there;
    the attribute `num_envs` counts agents, as in SB3.

    Raises:
        UsageError: a setting, the project, the scene, a port or the machine's screen will not do.
        EngineStartError: an engine ended before it was ready.
        EngineTimeoutError: an engine was not ready within `timeout_s`.
        ProtocolError: what an engine declares cannot be used.
    """

    # Godot-rl's class has a read-only property of this name; SB3's constructor assigns it.
    num_envs: int = 0
    env_info: EnvInfo
    group_rows: GroupRows
    vacant: NDArray[np.bool_] | None = None
    """(num_envs,) True where a seat has no agent since the last reset or decision; None: all are
    there."""

    def __init__(
        self,
        env_path: str | os.PathLike[str] | None = None,
        project_path: str | os.PathLike[str] | None = None,
        scene_path: str | None = None,
        num_envs: int = 1,
        port: int = DEFAULT_PORT,
        arenas: int | None = None,
        isolation: str = "shared",
        action_repeat: int | None = None,
        seed: int = 0,
        show_window: bool = False,
        transport: str = "auto",
        timeout_s: float = 60.0,
        env_args: Sequence[str] | None = None,
        *,
        port_strict: bool = False,
        godot: str | os.PathLike[str] | None = None,
        screen: ScreenChoice = "auto",
        speedup: float | None = None,
        fixed_fps: int | None = None,
        pin_cores: bool | None = None,
        max_restarts: int = 0,
        host: str = "127.0.0.1",
        token: str = "",
        start_method: str | None = None,
    ) -> None:
        self._resources = contextlib.ExitStack()
        self.settings = EnvSettings(
            env_path=None if env_path is None else os.fspath(env_path),
            project_path=None if project_path is None else os.fspath(project_path),
            scene_path=scene_path,
            num_envs=num_envs,
            port=port,
            arenas=arenas,
            isolation=isolation,
            action_repeat=action_repeat,
            seed=seed,
            show_window=show_window,
            transport=transport,
            timeout_s=timeout_s,
            env_args=tuple(env_args or ()),
            port_strict=port_strict,
            godot=None if godot is None else os.fspath(godot),
            screen=screen,
            speedup=speedup,
            fixed_fps=fixed_fps,
            pin_cores=pin_cores,
            max_restarts=max_restarts,
            host=host,
            token=token,
            start_method=start_method,
        )
        self._seed_keeper = SeedKeeper(self.settings.seed)
        try:
            self._start()
            self._tell_arenas()
        except BaseException:
            self.close()
            raise

    @classmethod
    def from_settings(cls, settings: EnvSettings) -> Self:
        """Build the environment that the settings describe."""
        return cls(**settings.as_arguments())

    def _tell_arenas(self) -> None:
        harness = self.env_info.harness
        if self.settings.arenas is None and not self.settings.in_editor and harness is not None:
            _log.info(
                "arenas: %d in each of %d engine(s), chosen: %d agents in all",
                harness.arenas,
                self.settings.num_envs,
                self.num_envs,
            )

    @abstractmethod
    def _start(self) -> None:
        """Launch the engines and call `VecEnv.__init__`."""

    def _describe(self, infos: Sequence[EnvInfo]) -> None:
        """Take what the engines are, one description each, and call `VecEnv.__init__`."""
        self.group_rows = GroupRows(infos)
        self.env_info = infos[0]
        self._views: dict[str, GroupVecEnv] = {}
        self.coordinator = GroupCoordinator(self)
        self._desk = OrderDesk(self.group_rows, self._order)
        self._observation_space: Any = None
        self._action_space: Any = None
        spaces: tuple[Any, Any] = (None, None)
        if self.group_rows.is_flat:
            spaces = (self.env_info.observation_space, self.env_info.action_space)
        VecEnv.__init__(self, self.group_rows.bounds[-1], *spaces)

    @abstractmethod
    def _reset_engines(self, seed: int | None) -> list[EngineReset]:
        """Begin new episodes in all engines."""

    @abstractmethod
    def _send(self, actions: Sequence[Sequence[NDArray[Any]]]) -> None:
        """Send each engine its actions, layout by layout."""

    @abstractmethod
    def _receive(self) -> list[EngineStep]:
        """Receive what the actions brought, from all engines."""

    @abstractmethod
    def _order(self, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
        """Give engines their orders; the answers of those that gave one."""

    @abstractmethod
    def _call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        """Call a method of controllers; one JSON value per agent, in the order of `agents`."""

    def __enter__(self) -> Self:
        """Return the environment."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the environment."""
        self.close()

    def __del__(self) -> None:
        """End the engines of an environment that was forgotten."""
        with contextlib.suppress(Exception):
            self.close()

    @property
    def observation_space(self) -> Any:
        """One agent's observation space; UsageError, which names the groups, when agents differ."""
        return self._flat_space(self._observation_space)

    @observation_space.setter
    def observation_space(self, space: Any) -> None:
        self._observation_space = space

    @property
    def action_space(self) -> Any:
        """One agent's action space; UsageError, which names the groups, when agents differ."""
        return self._flat_space(self._action_space)

    @action_space.setter
    def action_space(self, space: Any) -> None:
        self._action_space = space

    def _flat_space(self, space: Any) -> Any:
        if space is None:
            self.group_rows.require_flat()
        return space

    @property
    def groups(self) -> Mapping[str, AgentGroup]:
        """Groups of agents by name, in the engine's order."""
        return self.group_rows.groups

    def group(self, name: str) -> GroupVecEnv:
        """Return the view of a group, on which an algorithm of SB3 can learn.

        Raises:
            UsageError: there is no such group.
        """
        if name not in self._views or self._views[name].is_closed:
            self._views[name] = GroupVecEnv(self, name)
        return self._views[name]

    def reset(self) -> dict[str, NDArray[Any]]:
        """Begin new episodes: from the seed at the first reset and after `seed()`, else the next.

        Returns:
            Key to (num_envs, ...) array.

        Raises:
            UsageError: agents differ; the message names the groups.
        """
        self.group_rows.require_flat()
        return flat_reset(self._begin())[0]

    def reset_groups(self) -> dict[str, GroupReset]:
        """Begin new episodes of all agents, as `reset` does, and tell them by group."""
        return self.group_rows.resets(self._begin())

    def _begin(self) -> list[EngineReset]:
        if any(self._options):
            self._desk.set_options([parameters_of_options(each) for each in self._options])
        parts = self._reset_engines(self._seed_keeper.take())
        if self._desk.unasked:
            self._desk.look_for_unasked(warns=False)
        self.reset_infos = [info for part in parts for info in part.infos]
        self._note_vacant(parts)
        self._reset_seeds()
        self._reset_options()
        return parts

    def step_async(self, actions: NDArray[Any]) -> None:
        """Send (num_envs, columns) actions to all engines."""
        self._send(self.group_rows.split(actions))

    def step_wait(
        self,
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32], NDArray[np.bool_], list[Any]]:
        """Receive observations, rewards, dones and infos from all engines.

        Raises:
            EngineDiedError: an engine ended; the others are ended too.
            EngineTimeoutError: an engine did not answer in time.
            ObservationError: an observation holds NaN or changed its size.
        """
        return flat_step(self._finish())

    def _finish(self) -> list[EngineStep]:
        parts = self._receive()
        self._note_vacant(parts)
        if self._desk.unasked and any((p.terminated | p.truncated).any() for p in parts):
            self._desk.look_for_unasked(warns=True)
        return parts

    def _note_vacant(self, parts: Sequence[EngineReset | EngineStep]) -> None:
        sizes = [len(part.infos) for part in parts]
        self.vacant = joined_flags([part.absent for part in parts], sizes)

    def step_groups(self, actions: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        """Act for all groups and receive what it brought each.

        Args:
            actions: group to (its agents, columns); a group all of whose agents play a loaded
                policy or the game's own control may be left out.

        Raises:
            UsageError: a group is missing or unknown.
            ActionSpaceError: actions of a wrong shape or out of range.
            EngineDiedError, EngineTimeoutError, ObservationError: as in `step_wait`.
        """
        self._send(self.group_rows.split_groups(actions, self.groups_played_elsewhere))
        return self.group_rows.steps(self._finish())

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Draw the episodes after the next `reset` from `seed`; None: from a random one.

        Returns:
            One number per agent, as SB3 wants it; episodes depend on the first one only.
        """
        first = self._seed_keeper.give(seed)
        self._seeds = [first + index for index in range(self.num_envs)]
        return self._seeds

    def step(self, actions: NDArray[Any]) -> Any:
        """Send actions and receive what they brought."""
        self.step_async(actions)
        return self.step_wait()

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Call a method of the agents' controllers; arguments and results are JSON values."""
        agents = self._get_indices(indices)
        return call_method(self._call, method_name, method_args, method_kwargs, agents)

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Read a property of the agents' controllers."""
        return get_attribute(self._call, attr_name, list(self._get_indices(indices)))

    def has_attr(self, attr_name: str) -> bool:
        """Return whether the agents' controllers have a property that is not null."""
        return has_attribute(self._call, attr_name, range(self.num_envs))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Write a property of the agents' controllers."""
        set_attribute(self._call, attr_name, value, self._get_indices(indices))

    def env_is_wrapped(self, wrapper_class: type, indices: VecEnvIndices = None) -> list[bool]:
        """Return False for every agent: nothing in an engine is a Gymnasium wrapper."""
        return [False for _ in self._get_indices(indices)]

    def get_images(self) -> Sequence[NDArray[Any] | None]:
        """Not available: engines draw into their own windows."""
        raise NotImplementedError("engines draw into their own windows; use show_window")
