"""Where the agents of each group stand among all agents of several engines.

Called by both environments: actions by group become what each engine is sent, and what the engines
told becomes one batch per group. It talks to no engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.envs.batches import EngineReset, EngineStep, join
from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.errors import (
    ActionSpaceError,
    ObservationError,
    ProtocolError,
    UsageError,
    nearest,
)
from rl_training.protocol import AgentLayout, EnvInfo
from rl_training.protocol.messages import Observations, unlike_groups

Rows = slice | NDArray[np.intp]


@dataclass(frozen=True)
class _Slot:
    """A group's agents in one engine.

    Attributes:
        engine: number of the engine.
        layout: number of their layout there.
        of_layout: their rows in the layout.
        of_engine: their rows in the engine.
        of_group: their rows in the group.
    """

    engine: int
    layout: int
    of_layout: Rows
    of_engine: Rows
    of_group: slice


class GroupRows:
    """The groups of several engines.

    Args:
        infos: one per engine.

    Attributes:
        groups: by name, in the engines' order.
        bounds: first agent of each engine, and the number of all agents.
        arena_bounds: the same of arenas.
        is_flat: whether all agents are alike, so that they are one batch.
        layouts: layout of each group.
    """

    def __init__(self, infos: Sequence[EnvInfo]) -> None:
        self._infos = infos
        self.is_flat = all(len(info.layouts) == 1 for info in infos)
        self.bounds = _bounds(info.n_agents for info in infos)
        self.arena_bounds = _bounds(_arenas(info) for info in infos)
        self.layouts: dict[str, AgentLayout] = {}
        self._slots: dict[str, list[_Slot]] = {}
        members: dict[str, list[tuple[int, int]]] = {}
        for engine, info in enumerate(infos):
            for group in info.groups:
                layout = info.layouts[group.layout]
                self.layouts.setdefault(group.name, layout)
                own = members.setdefault(group.name, [])
                self._slots.setdefault(group.name, []).append(
                    _Slot(
                        engine=engine,
                        layout=group.layout,
                        of_layout=_rows(np.searchsorted(layout.agents, group.agents).tolist()),
                        of_engine=_rows(group.agents),
                        of_group=slice(len(own), len(own) + len(group.agents)),
                    )
                )
                own += [(engine, agent) for agent in group.agents]
        self.groups = {name: self._group(name, own) for name, own in members.items()}

    def _group(self, name: str, members: Sequence[tuple[int, int]]) -> AgentGroup:
        layout = self.layouts[name]
        paths = [self._infos[e].paths[a] for e, a in members if self._infos[e].paths]
        return AgentGroup(
            name=name,
            agents=tuple(self.bounds[e] + a for e, a in members),
            observation_space=layout.observation_space,
            action_space=layout.action_space,
            arenas=tuple(self.arena_bounds[e] + self._infos[e].arenas[a] for e, a in members),
            paths=tuple(paths) if len(paths) == len(members) else (),
        )

    def require_flat(self) -> None:
        """Raise UsageError, which names the groups, when agents differ."""
        if not self.is_flat:
            raise unlike_groups(self.groups)

    def require(self, name: str) -> AgentGroup:
        """Return a group.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self.groups:
            known = ", ".join(f"'{each}'" for each in self.groups)
            raise UsageError(
                f"there is no group '{name}', only {known}.{nearest(name, self.groups)}"
            )
        return self.groups[name]

    def split(self, actions: NDArray[Any]) -> list[list[NDArray[Any]]]:
        """Return what each engine is sent of (agents, columns) actions of all agents.

        Raises:
            ActionSpaceError: there are more or fewer of them.
            UsageError: agents differ.
        """
        self.require_flat()
        array = np.asarray(actions)
        if len(array) != self.bounds[-1]:
            raise ActionSpaceError(f"{len(array)} actions were given for {self.bounds[-1]} agents")
        return [[array[first:last]] for first, last in itertools.pairwise(self.bounds)]

    def split_groups(
        self, actions: Mapping[str, NDArray[Any]], optional: Collection[str] = ()
    ) -> list[list[NDArray[Any]]]:
        """Return what each engine is sent, layout by layout.

        Args:
            actions: group to (its agents, columns).
            optional: groups that may be left out; zeros are sent for them.

        Raises:
            UsageError: a group is missing or unknown.
            ActionSpaceError: actions of another shape.
        """
        for name in actions:
            self.require(name)
        missing = [name for name in self.groups if name not in actions and name not in optional]
        if missing:
            raise UsageError(missing_actions(missing))
        checked = {
            name: self.checked(name, actions[name]) if name in actions else self._idle(name)
            for name in self.groups
        }
        dtype = {name: array.dtype for name, array in checked.items()}
        sent: list[list[NDArray[Any]]] = [[_NOTHING] * len(info.layouts) for info in self._infos]
        for name, slots in self._slots.items():
            for slot in slots:
                layout = self._infos[slot.engine].layouts[slot.layout]
                own = checked[name][slot.of_group]
                row = sent[slot.engine]
                if len(own) == len(layout.agents):
                    row[slot.layout] = own
                    continue
                if row[slot.layout] is _NOTHING:
                    row[slot.layout] = np.zeros((len(layout.agents), own.shape[1]), dtype[name])
                elif row[slot.layout].dtype != dtype[name]:
                    row[slot.layout] = row[slot.layout].astype(
                        np.result_type(row[slot.layout], own)
                    )
                row[slot.layout][slot.of_layout] = own
        return sent

    def _idle(self, name: str) -> NDArray[Any]:
        layout = self.layouts[name].actions
        dtype = np.int64 if layout.all_discrete else np.float32
        return np.zeros((len(self.groups[name].agents), layout.columns), dtype)

    def checked(self, name: str, given: NDArray[Any]) -> NDArray[Any]:
        """Return a group's actions as (agents, columns).

        Raises:
            ActionSpaceError: they have another shape.
        """
        layout = self.layouts[name].actions
        count = len(self.groups[name].agents)
        array = np.asarray(given)
        if array.ndim == 1 and layout.columns == 1:
            array = array[:, None]
        if array.shape != (count, layout.columns):
            raise ActionSpaceError(
                f"actions of the group '{name}' have shape {array.shape}, expected "
                f"{(count, layout.columns)} (agents, action columns)"
            )
        return array

    def resets(self, parts: Sequence[EngineReset]) -> dict[str, GroupReset]:
        """Return the first observations of each group."""
        return {
            name: GroupReset(
                self._observations(slots, parts),
                self._infos_of(slots, parts),
                self._flags(slots, [part.absent for part in parts], absent=True),
            )
            for name, slots in self._slots.items()
        }

    def steps(self, parts: Sequence[EngineStep]) -> dict[str, GroupStep]:
        """Return what the decision brought each group."""
        absent, joined = [part.absent for part in parts], [part.joined for part in parts]
        return {
            name: GroupStep(
                obs=self._observations(slots, parts),
                rewards=_of_agents(slots, parts, lambda part: part.rewards),
                terminated=_of_agents(slots, parts, lambda part: part.terminated),
                truncated=_of_agents(slots, parts, lambda part: part.truncated),
                infos=self._infos_of(slots, parts),
                present=self._flags(slots, absent, absent=True),
                joined=self._flags(slots, joined, absent=False),
            )
            for name, slots in self._slots.items()
        }

    def _observations(
        self, slots: Sequence[_Slot], parts: Sequence[EngineReset | EngineStep]
    ) -> Observations:
        found = [(slot, parts[slot.engine].layouts[slot.layout]) for slot in slots]
        return {
            key: join([observations[key][slot.of_layout] for slot, observations in found])
            for key in found[0][1]
        }

    def _infos_of(
        self, slots: Sequence[_Slot], parts: Sequence[EngineReset | EngineStep]
    ) -> list[dict[str, Any]]:
        infos: list[dict[str, Any]] = []
        for slot in slots:
            of_engine = parts[slot.engine].infos
            if isinstance(slot.of_engine, slice):
                infos += of_engine[slot.of_engine]
            else:
                infos += [of_engine[agent] for agent in slot.of_engine]
        return infos

    def _flags(
        self, slots: Sequence[_Slot], told: Sequence[NDArray[np.bool_] | None], *, absent: bool
    ) -> NDArray[np.bool_]:
        """Return (n,) flags of the group; `absent` flags are turned round."""
        size = slots[-1].of_group.stop
        flags = np.ones(size, np.bool_) if absent else np.zeros(size, np.bool_)
        for slot in slots:
            of_engine = told[slot.engine]
            if of_engine is not None:
                flags[slot.of_group] = of_engine[slot.of_engine] != absent
        return flags


_NOTHING: NDArray[Any] = np.zeros((0, 0))


def missing_actions(names: Sequence[str]) -> str:
    """Return what to say when groups have no actions."""
    shown = ", ".join(f"'{name}'" for name in names)
    return (
        f"there are no actions for {'group' if len(names) == 1 else 'the groups'} {shown}: all "
        "groups act together; give their actions too, or let something else play them with "
        "env.load_policy(...) or env.set_control(name, 'game')"
    )


def check_equal(infos: Sequence[EnvInfo]) -> None:
    """Refuse engines that run different games.

    Raises:
        ObservationError: they declare different observations.
        ActionSpaceError: they declare different actions.
        UsageError: they have different groups.
    """
    first = infos[0]
    for index, info in enumerate(infos[1:], start=1):
        one = {group.name: first.layouts[group.layout] for group in first.groups}
        other = {group.name: info.layouts[group.layout] for group in info.groups}
        pairs = [(one[name], other[name], f" in group '{name}'") for name in one if name in other]
        if len(first.layouts) == len(info.layouts) == 1:
            pairs = [(first.layouts[0], info.layouts[0], "")]
        elif set(one) != set(other):
            raise ObservationError(
                f"engine {index} has the groups {', '.join(other)}, engine 0 {', '.join(one)}"
            )
        for mine, theirs, where in pairs:
            if mine.observations != theirs.observations:
                raise ObservationError(
                    f"engine {index} declares other observations than engine 0{where}"
                )
            if mine.actions != theirs.actions:
                raise ActionSpaceError(
                    f"engine {index} declares other actions than engine 0{where}"
                )


def check_same(before: EnvInfo, now: EnvInfo, engine: int) -> None:
    """Refuse an engine whose replacement runs another game.

    Raises:
        ProtocolError: agents, groups or spaces are others than before.
    """
    if now.n_agents != before.n_agents:
        raise ProtocolError(
            f"engine {engine} has {now.n_agents} agents after its restart, it had {before.n_agents}"
        )
    check_equal([before, now])
    if now.groups != before.groups or now.layouts != before.layouts:
        raise ProtocolError(f"engine {engine} has other groups after its restart")


def _of_agents(
    slots: Sequence[_Slot],
    parts: Sequence[EngineStep],
    take: Callable[[EngineStep], NDArray[Any]],
) -> NDArray[Any]:
    return join([take(parts[slot.engine])[slot.of_engine] for slot in slots])


def _rows(places: Sequence[int]) -> Rows:
    """Return a slice where the places follow each other."""
    first, last = places[0], places[-1] + 1
    if last - first == len(places):
        return slice(first, last)
    return np.array(places, np.intp)


def _arenas(info: EnvInfo) -> int:
    told = 1 if info.harness is None else info.harness.arenas
    return max(told, *(arena + 1 for arena in info.arenas))


def _bounds(counts: Iterable[int]) -> list[int]:
    return [0, *itertools.accumulate(counts)]
