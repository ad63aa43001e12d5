"""Who is alive in an arena, what each agent is called, and what a decision brought to each.

Called by `parallel_env`. A group's rows are seats: an agent has one as long as it lives, and
another one may take it afterwards. Nothing here knows an engine.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.envs.batches import EMPTY_SEAT
from rl_training.envs.faces import ShownSpaces
from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.errors import UsageError, nearest

Seat = tuple[str, int]
"""Group and row."""
Told = tuple[
    dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]
]
_OURS = ("TimeLimit.truncated", "terminal_observation")


class Seats:
    """The seats of one arena.

    Args:
        groups: the arena's groups by name.
        flatten: how spaces are shown, see `ShownSpaces`.

    Attributes:
        has_strays: an agent plays on whose episode has ended here, as games of the stock plugin
            let it; the episode that follows has to be begun.
    """

    def __init__(self, groups: Mapping[str, AgentGroup], flatten: bool) -> None:
        self.has_strays = False
        self._groups = groups
        self._shown = {
            name: ShownSpaces(group.observation_space, group.action_space, flatten)
            for name, group in groups.items()
        }
        self._seats: list[Seat] = [
            (name, row) for name, group in groups.items() for row in range(len(group.agents))
        ]
        # Name of the agent that lives in a seat, and the seat of each name.
        self._living: dict[Seat, str] = {}
        self._places: dict[str, Seat] = {_name(seat): seat for seat in self._seats}
        self._used: set[str] = set()

    @property
    def living(self) -> list[str]:
        """Names of the living agents, in the order of their seats."""
        return [self._living[seat] for seat in self._seats if seat in self._living]

    @property
    def known(self) -> list[str]:
        """Names of all seats, then of the agents that joined in this episode."""
        return list(self._places)

    def place_of(self, agent: str) -> Seat:
        """Return the seat of a living agent."""
        return self._places[agent]

    def spaces_of(self, agent: str) -> tuple[gym.Space[Any], gym.Space[Any]]:
        """Return copies of an agent's spaces, so that each agent's can be seeded by itself.

        Raises:
            UsageError: no group has such an agent.
        """
        group, _, number = agent.rpartition("_")
        if group not in self._shown or not number.isdigit():
            raise UsageError(f"there is no agent {agent!r}.{nearest(agent, self._places)}")
        shown = self._shown[group]
        return copy.deepcopy(shown.observation_space), copy.deepcopy(shown.action_space)

    def neutral_actions(self) -> dict[str, NDArray[Any]]:
        """Return (n, columns) zeros for every group: for seats without a living agent."""
        return {
            name: np.zeros((len(group.agents), *(group.action_space.shape or ())), dtype)
            for name, group in self._groups.items()
            for dtype in [group.action_space.dtype]
        }

    def begin(self, first: Mapping[str, GroupReset]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode; return observations and infos of those that are there, by name."""
        self.has_strays = False
        self._places = {_name(seat): seat for seat in self._seats}
        self._living = {
            (name, row): _name((name, row)) for name, row in self._seats if first[name].present[row]
        }
        self._used = set(self._living.values())
        observations = {
            agent: self._shown[name].row(first[name].obs, row)
            for (name, row), agent in self._living.items()
        }
        infos = {agent: dict(first[name].infos[row]) for (name, row), agent in self._living.items()}
        return observations, infos

    def advance(self, steps: Mapping[str, GroupStep]) -> Told:
        """Take one decision; return what it brought, by name."""
        told: Told = ({}, {}, {}, {}, {})
        ended: list[Seat] = []
        for seat, agent in list(self._living.items()):
            if self._tell(agent, steps[seat[0]], seat, told):
                ended.append(seat)
        for seat in ended:
            del self._living[seat]
        if not self._living:
            return told  # what is present now belongs to the next episode
        for seat in self._seats:
            name, row = seat
            if seat in self._living or not steps[name].present[row]:
                continue
            if steps[name].joined[row]:
                self._join(seat, steps[name], told)
            else:
                self.has_strays = True
        return told

    def _tell(self, agent: str, step: GroupStep, seat: Seat, told: Told) -> bool:
        """Tell what a living agent's decision brought; return whether its life is over."""
        name, row = seat
        observations, rewards, terminated, truncated, infos = told
        has_ended = bool(step.terminated[row] or step.truncated[row])
        has_gone = not step.present[row] or bool(step.joined[row])
        info = step.infos[row]
        last = info.get("terminal_observation")
        shown = self._shown[name]
        observations[agent] = shown.row(step.obs, row) if last is None else shown.single(last)
        rewards[agent] = float(step.rewards[row])
        terminated[agent] = bool(step.terminated[row])
        # One that left without an end of its own was cut off.
        truncated[agent] = bool(step.truncated[row]) or (has_gone and not has_ended)
        infos[agent] = {key: value for key, value in info.items() if key not in _OURS}
        if infos[agent].get("absent") == EMPTY_SEAT:
            del infos[agent]["absent"]  # it died; one that left keeps the reason
        return has_ended or has_gone

    def _join(self, seat: Seat, step: GroupStep, told: Told) -> None:
        name, row = seat
        number = row
        while f"{name}_{number}" in self._used:
            number = max(number + 1, len(self._groups[name].agents))
        agent = f"{name}_{number}"
        self._used.add(agent)
        self._places[agent] = seat
        self._living[seat] = agent
        observations, rewards, terminated, truncated, infos = told
        observations[agent] = self._shown[name].row(step.obs, row)
        rewards[agent], terminated[agent], truncated[agent], infos[agent] = 0.0, False, False, {}


def _name(seat: Seat) -> str:
    return f"{seat[0]}_{seat[1]}"
