"""The one command interface of engines: in a worker process, and in an actor on another machine.

Called by `engine_worker` and `cluster.engine_actor`, which carry a command's name and data to where
the engines are, and the answer back. What it answers can be pickled.
"""

from __future__ import annotations

from typing import Any

from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.playing.whole_rollout import play
from rl_training.errors import HarnessError, UsageError

Answer = tuple[Any, ...]
"""("ok", value, new restarts of the engines) or ("error", exception)."""


def answer(group: EngineGroup, name: str, data: Any) -> Answer:
    """Do what a command says.

    Args:
        group: the engines.
        name: "reset" (a seed or None), "step" (actions by engine and layout), "call" (method,
            arguments, agents of the group), "order" (engine of the group to its order),
            "tick_times" (None) or "rollout" (the arguments of `play` after the group).
        data: as said.
    """
    known = len(group.restarts)
    try:
        value = _do(group, name, data)
    except HarnessError as error:
        return ("error", error)
    return ("ok", value, group.restarts[known:])


def is_over(given: Answer) -> bool:
    """Return whether an answer is an error after which the engines are gone."""
    return given[0] == "error" and not isinstance(given[1], UsageError)


def _do(group: EngineGroup, name: str, data: Any) -> Any:
    if name == "step":
        group.send_engines(data)
        return group.receive_engines()
    if name == "reset":
        return group.reset_engines(data)
    if name == "call":
        return group.call(*data)
    if name == "order":
        return group.order(data)
    if name == "tick_times":
        return group.tick_times()
    if name == "rollout":
        return play(group, *data)
    raise AssertionError(f"unknown command {name!r}")
