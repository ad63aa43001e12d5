"""SB3's `env_method`, `get_attr` and `set_attr` in terms of calls to controllers in the engine.

Shared by both environments, whose only difference is how a call travels.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rl_training.errors import UsageError

# (method, args, agent indices) -> one value per agent
Caller = Callable[[str, Sequence[Any], Iterable[int]], list[Any]]


def agents_by_engine(agents: Sequence[int], bounds: Sequence[int]) -> dict[int, list[int]]:
    """Return which of its own agents each engine is asked about; engines without any are left out.

    Args:
        agents: indices over all engines.
        bounds: first agent of each engine, and the number of all agents.

    Raises:
        UsageError: there is no such agent.
    """
    for agent in agents:
        if not 0 <= agent < bounds[-1]:
            raise UsageError(f"there is no agent {agent}, only 0 to {bounds[-1] - 1}")
    parts = {
        engine: sorted({agent - first for agent in agents if first <= agent < last})
        for engine, (first, last) in enumerate(itertools.pairwise(bounds))
    }
    return {engine: local for engine, local in parts.items() if local}


def call_method(
    caller: Caller, method: str, args: Sequence[Any], kwargs: dict[str, Any], agents: Iterable[int]
) -> list[Any]:
    """Call a method of the agents' controllers.

    Raises:
        UsageError: keyword arguments were given, which GDScript does not have.
    """
    if kwargs:
        raise UsageError(f"'{method}' was given keyword arguments; GDScript has none")
    return caller(method, args, agents)


def get_attribute(caller: Caller, name: str, agents: Sequence[int]) -> list[Any]:
    """Read a property of the agents' controllers.

    Raises:
        AttributeError: no controller has it, or it is null; what SB3's `has_attr` needs.
    """
    if name == "render_mode":
        return [None] * len(agents)
    try:
        values = caller("get", [name], agents)
    except UsageError as error:
        raise AttributeError(str(error)) from error
    if all(value is None for value in values):
        raise AttributeError(f"the agents' controllers have no property '{name}'")
    return values


def has_attribute(caller: Caller, name: str, agents: Sequence[int]) -> bool:
    """Return whether `get_attribute` would find something (old SB3 versions lack `has_attr`)."""
    try:
        get_attribute(caller, name, agents)
    except AttributeError:
        return False
    return True


def set_attribute(caller: Caller, name: str, value: Any, agents: Iterable[int]) -> None:
    """Write a property of the agents' controllers; `value` is a JSON value."""
    caller("set", [name, value], agents)
