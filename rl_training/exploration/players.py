"""Who acts while something is explored: random actions that are held for a while, or policies.

Called by the explorer with the arenas that play so. They see the world's observations and nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.spans import Spans
from rl_training.exploration.world import World
from rl_training.play.players import Players
from rl_training.play.policies import Policy, load_players


class Player(Protocol):
    """Chooses actions for all arenas."""

    name: str

    def act(self, world: World, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return (arenas, width) actions; only rows of `wanted` arenas count."""
        ...

    def forget(self, arena: int) -> None:
        """An episode, or the part of it that this player plays, begins."""
        ...


class RandomPlayer:
    """Draws actions and holds each for a while.

    Actions that are drawn anew in every decision hardly move a body with inertia; Go-Explore
    repeats the last action with a probability of 0.95.

    Args:
        spans: of the world.
        seed: of its random numbers.
        hold: probability of keeping the last action, in [0, 1).
        arenas: that random numbers are drawn for, where the first arenas of worlds of several sizes
            are to act alike; at least those of the world.
    """

    def __init__(self, spans: Spans, seed: int, hold: float, arenas: int = 0) -> None:
        self.name = "random"
        self._spans = spans
        self._rng = np.random.default_rng(seed)
        self._hold = hold
        self._drawn = max(arenas, len(spans.seats))
        self._last = np.zeros((len(spans.seats), spans.width))
        self._is_new = np.ones(len(spans.seats), np.bool_)
        spaces = {id(seat.space): seat.space for seats in spans.seats for seat in seats}
        for number, space in enumerate(spaces.values()):
            space.seed(seed + number)

    def act(self, world: World, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """See `Player`."""
        draws = self._is_new | (self._rng.random(self._drawn)[: len(wanted)] >= self._hold)
        for arena in np.flatnonzero(draws & wanted):
            self._last[arena] = drawn(self._spans, int(arena))
        self._is_new &= ~wanted
        held: NDArray[np.float64] = self._last.copy()
        return held

    def forget(self, arena: int) -> None:
        """See `Player`."""
        self._is_new[arena] = True


class PolicyPlayer:
    """Lets a policy, or one for each group, decide, and draws an action at random now and then.

    Args:
        players: the models.
        world: whose agents they play.
        seed: of the random actions.
        noise: probability that an arena's decision is a random one, in [0, 1].
    """

    def __init__(self, players: Players, world: World, seed: int, noise: float) -> None:
        self.name = f"policy {players}"
        policies = load_players(players, world.env)
        self._all: Policy | None = None
        self._each: Mapping[str, Policy | None] = {}
        if isinstance(policies, Mapping):
            self._each = policies
            for name, policy in policies.items():
                if policy is None:
                    world.env.set_control(name, "game")
        else:
            self._all = policies
        self._rng = np.random.default_rng(seed)
        self._noise = noise
        self._rows = {name: np.asarray(group.agents) for name, group in world.env.groups.items()}

    def act(self, world: World, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """See `Player`."""
        actions = world.spans.join(self._of_groups(world))
        noisy = wanted & (self._rng.random(len(wanted)) < self._noise)
        for arena in np.flatnonzero(noisy):
            actions[arena] = drawn(world.spans, int(arena))
        return actions

    def forget(self, arena: int) -> None:
        """See `Player`: what a policy remembers is forgotten at an episode's start (`starts`)."""

    def _of_groups(self, world: World) -> dict[str, NDArray[Any]]:
        if self._all is None:
            found = {}
            for name, policy in self._each.items():
                if policy is not None:
                    policy.begin(world.starts[self._rows[name]])
                    found[name] = policy.act(world.obs[name])
            return found
        # One policy for all rows: they stand group by group, and groups are alike.
        keys = next(iter(world.obs.values())).keys()
        obs = {
            key: np.zeros(
                (len(world.starts), *next(iter(world.obs.values()))[key].shape[1:]),
                next(iter(world.obs.values()))[key].dtype,
            )
            for key in keys
        }
        for name, rows in self._rows.items():
            for key in keys:
                obs[key][rows] = world.obs[name][key]
        self._all.begin(world.starts)
        actions = np.asarray(self._all.act(obs))
        return {name: actions[rows] for name, rows in self._rows.items()}


def drawn(spans: Spans, arena: int) -> NDArray[np.float64]:
    """Draw the (width,) action of an arena."""
    action = np.zeros(spans.width)
    for seat in spans.seats[arena]:
        action[seat.columns] = np.ravel(seat.space.sample())
    return action
