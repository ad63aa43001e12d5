"""Which agents of one engine are alike (layouts) and which ask for one policy (groups).

Called by `messages` while it reads `env_info`. Our addon tells its groups; for older addons and the
stock plugin they follow from the policies' names and each agent's spaces. Nothing here steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym

from rl_training.errors import ActionSpaceError, ObservationError, ProtocolError
from rl_training.protocol.action_field import ActionField
from rl_training.protocol.spaces import (
    ActionLayout,
    ObservationLayout,
    describe,
    parse_action_layout,
    parse_observation_layout,
)

Declared = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class AgentLayout:
    """Agents of one engine that observe and act alike.

    Attributes:
        observations: what each of them observes.
        actions: how each of them acts.
        agents: their numbers in the engine, rising; at least one.
    """

    observations: ObservationLayout
    actions: ActionLayout
    agents: tuple[int, ...]

    @property
    def observation_space(self) -> gym.spaces.Dict:
        """One agent's observation space."""
        return self.observations.space

    @property
    def action_space(self) -> gym.Space[Any]:
        """One agent's action space, flat as SB3 needs it."""
        return self.actions.space


@dataclass(frozen=True)
class GroupInfo:
    """The agents of one engine that ask for one policy.

    Attributes:
        name: the policy's name.
        agents: their numbers in the engine, rising; at least one.
        layout: number of their layout.
    """

    name: str
    agents: tuple[int, ...]
    layout: int


def find_groups(
    policies: Sequence[str],
    observation_spaces: Declared,
    action_spaces: Declared,
    observation_names: Declared,
    told: Any,
) -> tuple[tuple[AgentLayout, ...], tuple[GroupInfo, ...]]:
    """Return layouts and groups of the agents.

    Args:
        policies: name of each agent's policy.
        observation_spaces: one declaration per agent.
        action_spaces: one declaration per agent.
        observation_names: names of each agent's elements, or empty.
        told: `groups` of our addon's `env_info`; None: they follow from the rest.

    Raises:
        ObservationError: spaces that cannot be used, or unlike agents of one policy.
        ActionSpaceError: the same of actions.
        ProtocolError: `told` is malformed.
    """
    kinds = _Kinds(observation_spaces, action_spaces, observation_names)
    of_agent = [kinds.of(agent) for agent in range(len(policies))]
    members: dict[str, list[int]] = {}
    for agent, policy in enumerate(policies):
        members.setdefault(policy, []).append(agent)
    for policy, agents in members.items():
        for agent in agents:
            if of_agent[agent] != of_agent[agents[0]]:
                raise kinds.unlike(policy, agents[0], agent)
    layout_of = of_agent if told is None else _told_layouts(told, policies, of_agent)
    by_layout: dict[int, list[int]] = {}
    for agent, number in enumerate(layout_of):
        by_layout.setdefault(number, []).append(agent)
    layouts = tuple(
        AgentLayout(*kinds.layouts[of_agent[agents[0]]], tuple(agents))
        for agents in by_layout.values()
    )
    place = {number: at for at, number in enumerate(by_layout)}
    groups = tuple(
        GroupInfo(policy, tuple(agents), place[layout_of[agents[0]]])
        for policy, agents in members.items()
    )
    return layouts, groups


class _Kinds:
    """Finds which agents declare the same; each declaration is read once."""

    def __init__(self, observations: Declared, actions: Declared, names: Declared) -> None:
        self.layouts: list[tuple[ObservationLayout, ActionLayout]] = []
        self._observations = observations
        self._actions = actions
        self._names = names
        self._seen: list[tuple[Mapping[str, Any], Mapping[str, Any], int]] = []

    def of(self, agent: int) -> int:
        """Return the number of the agent's layout."""
        observes, acts = self._observations[agent], self._actions[agent]
        for seen_observes, seen_acts, kind in self._seen:
            if observes == seen_observes and acts == seen_acts:
                return kind
        names = self._names[agent] if agent < len(self._names) else {}
        observation_layout = parse_observation_layout(observes, names)
        action_layout = parse_action_layout(acts)
        kind = self._find(observation_layout, action_layout)
        if kind == len(self.layouts):
            self.layouts.append((observation_layout, action_layout))
        self._seen.append((observes, acts, kind))
        return kind

    def _find(self, observations: ObservationLayout, actions: ActionLayout) -> int:
        for kind, (known, acts) in enumerate(self.layouts):
            if _spaces(known) == _spaces(observations) and _sorted(acts) == _sorted(actions):
                return kind
        return len(self.layouts)

    def unlike(self, policy: str, first: int, second: int) -> ProtocolError:
        """Return the error for two agents of one policy that differ."""
        one, other = self.layouts[self.of(first)], self.layouts[self.of(second)]
        remedy = (
            f"; agents of one policy ('{policy}') must declare the same: give unlike agents a "
            "policy_name each"
        )
        if _spaces(one[0]) != _spaces(other[0]):
            return ObservationError(
                f"agent {second} declares the observation {describe(self._observations[second])}, "
                f"agent {first} {describe(self._observations[first])}{remedy}"
            )
        return ActionSpaceError(
            f"agent {second} declares the actions {describe(self._actions[second])}, "
            f"agent {first} {describe(self._actions[first])}{remedy}"
        )


def _told_layouts(told: Any, policies: Sequence[str], of_agent: Sequence[int]) -> list[int]:
    """Return each agent's layout; groups must cover the agents in turn, layout by layout."""
    if not isinstance(told, list):
        raise ProtocolError(f"env_info: groups is {told!r:.60}, expected a list")
    layouts: list[int] = []
    names: set[str] = set()
    last = 0
    for entry in told:
        name, first, count, layout = _told_group(entry)
        if first != len(layouts) or not last <= layout <= last + 1:
            raise ProtocolError(
                f"env_info: group '{name}' begins at agent {first} with layout {layout}, expected "
                f"agent {len(layouts)} and layout {last} or {last + 1}"
            )
        if name in names:
            raise ProtocolError(f"env_info: two groups are called '{name}'")
        names.add(name)
        if first + count > len(policies) or set(policies[first : first + count]) - {name}:
            raise ProtocolError(
                f"env_info: group '{name}' has {count} agents from {first} on, but "
                "agent_policy_names tells others"
            )
        layouts += [layout] * count
        last = layout
    if len(layouts) != len(policies):
        raise ProtocolError(
            f"env_info: the groups have {len(layouts)} agents, the scene has {len(policies)}"
        )
    for agent in range(1, len(layouts)):
        if layouts[agent] == layouts[agent - 1] and of_agent[agent] != of_agent[agent - 1]:
            raise ProtocolError(
                f"env_info: agents {agent - 1} and {agent} have the layout {layouts[agent]}, but "
                "declare different spaces"
            )
    return layouts


def _told_group(entry: Any) -> tuple[str, int, int, int]:
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        numbers = [entry.get(key) for key in ("first", "count", "layout")]
        if all(
            isinstance(each, (int, float))
            and not isinstance(each, bool)
            and 0 <= each < 2**31
            and each == int(each)
            for each in numbers
        ):
            first, count, layout = (int(each) for each in numbers if each is not None)
            return entry["name"], first, count, layout
    raise ProtocolError(
        f"env_info: a group is {entry!r:.80}, expected name, first, count and layout"
    )


def _spaces(layout: ObservationLayout) -> list[tuple[Any, ...]]:
    return [(each.key, each.kind, each.shape, each.low, each.high) for each in layout.fields]


def _sorted(layout: ActionLayout) -> list[ActionField]:
    return sorted(layout.fields, key=lambda field: field.key)
