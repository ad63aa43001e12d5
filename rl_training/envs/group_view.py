"""One group of agents as a `VecEnv` that an algorithm of Stable-Baselines3 can learn on.

Views come from `env.group(name)`; views of one environment share a `GroupCoordinator`, because all
groups act in the same decision. A view owns no engine and ends none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rl_training.envs.agent_rows import AgentRows
from rl_training.envs.group_rows import missing_actions
from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.errors import UsageError
from rl_training.protocol import AgentLayout

if TYPE_CHECKING:
    from rl_training.envs.engine_vec_env import EngineVecEnv


class GroupCoordinator:
    """Gathers the actions of all groups, then steps the engines once.

    One thread at a time may be inside.

    Args:
        env: whose groups they are.
    """

    def __init__(self, env: EngineVecEnv) -> None:
        self._env = env
        self._actions: dict[str, NDArray[Any]] = {}
        self._steps: dict[str, GroupStep] = {}
        self._resets: dict[str, GroupReset] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """Groups that must act before the engines can step."""
        optional = self._env.groups_played_elsewhere
        return tuple(
            name for name in self._env.groups if name not in self._actions and name not in optional
        )

    def act(self, group: str, actions: NDArray[Any]) -> None:
        """Keep a group's (agents, columns) actions for the next decision.

        Raises:
            UsageError: it has acted already.
            ActionSpaceError: actions of another shape.
        """
        given = self._env.group_rows.checked(group, actions)
        if group in self._actions or group in self._steps:
            raise UsageError(
                f"step_async() of the group '{group}' was called twice with no step_wait() between"
            )
        self._actions[group] = given

    def step(self, group: str) -> GroupStep:
        """Return what the decision brought a group; step the engines when all have acted.

        Raises:
            UsageError: the group or others have not acted.
        """
        if group not in self._steps:
            if group not in self._actions:
                raise UsageError(
                    f"step_wait() of the group '{group}' was called without step_async(), or the "
                    "view of another group began new episodes in between"
                )
            missing = self.missing
            if missing:
                raise UsageError(missing_actions(missing))
            self._step_engines()
        return self._steps.pop(group)

    def reset(self, group: str) -> GroupReset:
        """Return a group's first observations.

        The views' resets before a decision are one reset of the engines; the second of one view is
        another. Actions that wait for others are dropped.
        """
        if group not in self._resets:
            self._actions.clear()
            self._steps.clear()
            self._resets = self._env.reset_groups()
        return self._resets.pop(group)

    def _step_engines(self) -> None:
        actions, self._actions = self._actions, {}
        self._resets.clear()
        steps = self._env.step_groups(actions)
        self._steps = {name: steps[name] for name in actions}


class GroupVecEnv(AgentRows):
    """The agents of one group as a `VecEnv`; `num_envs` counts them.

    `step_wait` returns when every group that needs actions has them: all groups act in the same
    decision. Methods with `indices` count the group's own rows. `close` ends this view; the
    engines end with the environment.

    Args:
        env: the environment.
        name: of the group.

    Attributes:
        env: the environment.
        group: what the group is.
        layout: what its agents observe and how they act, with the names of the elements.
        is_closed: whether `close` was called.
        present: (num_envs,) bool, False where a seat has no agent since the last reset or step.
        joined: (num_envs,) bool, True where another agent took the seat in the last step.

    Raises:
        UsageError: there is no such group.
    """

    def __init__(self, env: EngineVecEnv, name: str) -> None:
        self.env = self.base = env
        self.group: AgentGroup = env.group_rows.require(name)
        self.rows = self.group.agents
        self.title = f"the group '{name}'"
        self.layout: AgentLayout = env.group_rows.layouts[name]
        self._coordinator = env.coordinator
        self.is_closed = False
        count = len(self.group.agents)
        self.present = np.ones(count, np.bool_)
        self.joined = np.zeros(count, np.bool_)
        super().__init__(count, self.group.observation_space, self.group.action_space)

    def reset(self) -> Any:
        """Begin new episodes of all groups, once for all views.

        Returns:
            Key to (num_envs, ...) array.
        """
        self._check_open()
        result = self._coordinator.reset(self.group.name)
        self.reset_infos = result.infos
        self._reset_seeds()
        self._reset_options()
        self.present = result.present
        self.joined = np.zeros(self.num_envs, np.bool_)
        return result.obs

    def step_async(self, actions: NDArray[Any]) -> None:
        """Hand over (num_envs, columns) actions; nothing is sent before all groups have acted."""
        self._check_open()
        self._coordinator.act(self.group.name, actions)

    def step_wait(self) -> Any:
        """Return observations, rewards, dones and infos of the group.

        Raises:
            UsageError: other groups have not acted.
        """
        self._check_open()
        step = self._coordinator.step(self.group.name)
        self.present, self.joined = step.present, step.joined
        return step.obs, step.rewards, step.dones, step.infos

    def close(self) -> None:
        """End the view; the engines are the environment's. May be called again."""
        self.is_closed = True

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Draw the episodes after the next reset of the engines from `seed`, in all groups."""
        self.env.seed(seed)
        self._seeds = [self.env._seeds[agent] for agent in self.group.agents]
        return self._seeds

    def set_options(self, options: Sequence[dict[str, Any]] | dict[str, Any] | None = None) -> None:
        """Set environment parameters of the group's arenas at the next reset of the engines.

        Args:
            options: as in `EngineVecEnv.set_options`, a list with one for each of the group.
        """
        listed: Any = options if options is None or isinstance(options, dict) else list(options)
        super().set_options(listed)
        if len(self._options) != self.num_envs:
            raise UsageError(f"{len(self._options)} options were given for {self.num_envs} agents")
        everyone = self.env._options
        for agent, own in zip(self.group.agents, self._options, strict=True):
            everyone[agent] = own
        self.env.set_options(everyone)

    def get_images(self) -> Sequence[NDArray[Any] | None]:
        """Not available: engines draw into their own windows."""
        return self.env.get_images()

    def _check_open(self) -> None:
        if self.is_closed:
            raise UsageError(f"the view of {self.title} is closed")
