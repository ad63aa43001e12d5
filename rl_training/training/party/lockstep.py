"""One environment with several groups of agents, shown as one VecEnv to each learner.

All learners' agents decide together: a view hands in its actions and waits until the others have
handed in theirs. Who waits lets the others run (`wait`, of `baton`). With one view nothing waits.
Agents that no view shows are played inside the engines (`opponents`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from rl_training.envs.agent_rows import AgentRows
from rl_training.envs.groups import AgentGroup, GroupEnv, GroupReset, GroupStep
from rl_training.errors import ConfigError, HarnessError
from rl_training.training.party.frozen_seats import FrozenSeats


class PlayedOut(Exception):
    """Nobody learns any more, so the step that is waited for never comes."""


class Lockstep:
    """Steps an environment when all views have acted.

    Args:
        env: the environment; also a VecEnv, for calls to its agents.
        shown: groups of each view; the agents of several stand one group after the other.

    Attributes:
        views: one a learner, in the order of `shown`.
        decisions: done until now.
        wait: lets other learners run until it is this one's turn again.
        on_barrier: called when all have acted and nothing has been sent yet: what every view was
            told before has been dealt with.
        is_over: returns whether no learner learns any more.
        seats: what frozen opponents play of the groups that learn.
    """

    def __init__(self, env: GroupEnv, shown: Sequence[Sequence[str]]) -> None:
        self.env = env
        self.decisions = 0
        self.seats = FrozenSeats(env.groups)
        self.wait: Callable[[], None] = _nobody_to_wait_for
        self.on_barrier: Callable[[], None] = _nothing
        self.is_over: Callable[[], bool] = _never
        self.views = [GroupsView(self, [env.groups[name] for name in names]) for names in shown]
        self._actions: dict[str, NDArray[Any]] = {}
        self._awaited = {group.name for view in self.views for group in view.groups}
        self._reset_of: dict[int, Mapping[str, GroupReset]] = {}
        self._begun = False

    @property
    def is_lone(self) -> bool:
        """True when one view shows all that learns."""
        return len(self.views) == 1

    def reset(self, view: GroupsView) -> Mapping[str, GroupReset]:
        """Return the first observations; the first view to ask begins the episodes for all.

        Raises:
            HarnessError: the others are in the middle of their episodes.
        """
        if id(view) not in self._reset_of:
            if self._begun and not self.is_lone:
                raise HarnessError("agents of one policy cannot be reset without the others")
            self._begun = True
            begun = self.seats.begun(self.env.reset_groups())
            self._reset_of = {id(each): begun for each in self.views}
        return self._reset_of.pop(id(view))

    def act(self, view: GroupsView, actions: Mapping[str, NDArray[Any]]) -> None:
        """Take the actions of a view for the next decision."""
        self._actions |= actions

    def step(self, view: GroupsView) -> Mapping[str, GroupStep]:
        """Wait until all have acted and return what the decision brought.

        Raises:
            PlayedOut: nobody learns any more.
        """
        while view.result is None:
            if self._actions.keys() >= self._awaited:
                self._decide()
            elif self.is_over():
                raise PlayedOut
            else:
                self.wait()
        result, view.result = view.result, None
        return result

    def _decide(self) -> None:
        self.on_barrier()
        actions, self._actions = self._actions, {}
        result = self.seats.stepped(self.env.step_groups(actions))
        self.decisions += 1
        for view in self.views:
            view.result = result
            view.last = result


class GroupsView(AgentRows):
    """The agents of some groups with like spaces, as the environment of one learner.

    Args:
        lockstep: steps them with the others.
        groups: at least one.

    Attributes:
        groups: as given.
        rows: their agents among all of the environment.
        last: what the last decision brought all groups; None before the first.
        vacant: (n,) bool, True where a seat has no agent since the last reset or decision; None:
            all are there.

    Raises:
        ConfigError: the groups have unlike spaces.
    """

    def __init__(self, lockstep: Lockstep, groups: Sequence[AgentGroup]) -> None:
        first = groups[0]
        for group in groups[1:]:
            same = (first.observation_space, first.action_space)
            if (group.observation_space, group.action_space) != same:
                raise ConfigError(
                    f"{group.name} cannot share the policy of {first.name}: their observations or "
                    f"actions differ: {group.observation_space}, {group.action_space} against "
                    f"{first.observation_space}, {first.action_space}"
                )
        self.groups = tuple(groups)
        self.rows = [row for group in groups for row in group.agents]
        self.result: Mapping[str, GroupStep] | None = None
        self.last: Mapping[str, GroupStep] | None = None
        self.vacant: NDArray[np.bool_] | None = None
        self._lockstep = lockstep
        self.base: Any = lockstep.env
        self.title = f"the view of {', '.join(group.name for group in groups)}"
        self.render_mode = getattr(self.base, "render_mode", None)
        super().__init__(len(self.rows), first.observation_space, first.action_space)

    def reset(self) -> Any:
        """Return the first observations."""
        begun = self._lockstep.reset(self)
        self.reset_infos = [info for group in self.groups for info in begun[group.name].infos]
        self._note([begun[group.name].present for group in self.groups])
        return self._joined({group.name: begun[group.name].obs for group in self.groups})

    def step_async(self, actions: NDArray[Any]) -> None:
        """Hand in (n, columns) actions, or (n,) of one choice."""
        ends = np.cumsum([len(group.agents) for group in self.groups])
        parts = np.split(np.asarray(actions), ends[:-1])
        named = zip(self.groups, parts, strict=True)
        self._lockstep.act(self, {group.name: part for group, part in named})

    def step_wait(self) -> VecEnvStepReturn:
        """Wait for the others and return what the decision brought."""
        told = self._lockstep.step(self)
        steps = [told[group.name] for group in self.groups]
        self._note([step.present for step in steps])
        obs = self._joined({g.name: s.obs for g, s in zip(self.groups, steps, strict=True)})
        if len(steps) == 1:
            return obs, steps[0].rewards, steps[0].dones, steps[0].infos
        return (
            obs,
            np.concatenate([step.rewards for step in steps]),
            np.concatenate([step.dones for step in steps]),
            [info for step in steps for info in step.infos],
        )

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the environment if this is its only view; else the run does, once for all."""
        if self._lockstep.is_lone:
            self.base.seed(seed)
        return [None] * self.num_envs

    def close(self) -> None:
        """Close the environment if this is its only view."""
        if self._lockstep.is_lone:
            self.base.close()

    def _note(self, present: Sequence[NDArray[np.bool_]]) -> None:
        full = all(flags.all() for flags in present)
        self.vacant = None if full else ~np.concatenate(present)

    def _joined(self, by_group: Mapping[str, Mapping[str, NDArray[Any]]]) -> Any:
        parts = list(by_group.values())
        if len(parts) == 1:
            return dict(parts[0])
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _nobody_to_wait_for() -> None:
    raise HarnessError("a view waits for others, and there is no baton to hand on")


def _nothing() -> None:
    pass


def _never() -> bool:
    return False
