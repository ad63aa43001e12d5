"""The steps of a recorded episode in words, and the state in which it ends.

Called by `shrinking` for the page beside a shrunk episode. Reads a recording, starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.data.recording import KINDS, Node, Recording

_BODIES = ("body3d", "rigid3d", "body2d", "rigid2d")
_MOST_NODES = 40
_NOTHING = "do nothing"


@dataclass(frozen=True)
class Step:
    """A stretch of decisions with the same action.

    Attributes:
        first: number of its first decision, from 0.
        count: of its decisions.
        words: what is done.
    """

    first: int
    count: int
    words: str


def steps(recording: Recording) -> list[Step]:
    """Return what is done, stretch by stretch."""
    found: list[Step] = []
    for number, decision in enumerate(recording.decisions):
        words = action_words(recording, decision.actions)
        if found and found[-1].words == words:
            found[-1] = Step(found[-1].first, found[-1].count + 1, words)
        else:
            found.append(Step(number, 1, words))
    return found


def action_words(recording: Recording, action: NDArray[np.float64]) -> str:
    """Return one decision's action in words: what is not zero, agent by agent.

    Args:
        recording: which names the actions; controllers with `get_action_names` name their choices.
        action: (numbers,) of all agents.
    """
    parts: list[str] = []
    at = 0
    several = len(recording.agents) > 1
    rows = recording.header["agents"]
    for who, agent, row in zip(recording.names(), recording.agents, rows, strict=True):
        own = [
            _word(name, float(value), row)
            for name, value in zip(agent.actions, action[at : at + len(agent.actions)], strict=True)
            if value != 0.0
        ]
        at += len(agent.actions)
        if own:
            parts.append(f"{who}: {', '.join(own)}" if several else ", ".join(own))
    return "; ".join(parts) if parts else _NOTHING


def _word(name: str, value: float, row: Mapping[str, Any]) -> str:
    space = row["action_space"].get(name, {})
    if space.get("action_type") != "discrete":
        return f"{name} {value:+.2f}"
    choices = (row.get("action_names") or {}).get(name) or []
    choice = int(value)
    return f"{name} {choices[choice]}" if choice < len(choices) else f"{name} choice {choice}"


def findings(recording: Recording) -> list[Mapping[str, Any]]:
    """Return what the game found wrong with itself in the episode, each once."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for end in recording.ends:
        for each in end.get("findings") or ():
            found.setdefault((str(each["kind"]), str(each["message"])), each)
    return list(found.values())


def end_state(recording: Recording) -> dict[str, Any]:
    """Return the state after the last action.

    Returns:
        `observation`: name to number; `bodies`: path below the arena's root to its values by name
        (m or pixels, m/s, rad/s), as they were at the last decision; `moved`: other nodes that are
        elsewhere than at the beginning, path to origin.
    """
    values: dict[Node, NDArray[Any]] = {}
    first: dict[Node, NDArray[Any]] = {}
    for number, decision in enumerate(recording.decisions):
        values.update(decision.changed)
        for gone in decision.gone:
            values.pop(gone, None)
        if number == 0:
            first = dict(values)
    bodies = {node.path: _named(node, now) for node, now in values.items() if node.kind in _BODIES}
    moved = {
        node.path: _named(node, now, "origin.")
        for node, now in values.items()
        if node.kind not in _BODIES and (node not in first or (now != first[node]).any())
    }
    last = recording.decisions[-1] if recording.final is None else recording.final
    return {
        "observation": {
            name: float(value)
            for name, value in zip(recording.elements(), last.observations, strict=True)
        },
        "bodies": bodies,
        "moved": dict(list(moved.items())[:_MOST_NODES]),
    }


def _named(node: Node, values: NDArray[Any], only: str = "") -> dict[str, float]:
    return {
        name: round(float(value), 6)
        for name, value in zip(KINDS[node.kind], values, strict=True)
        if not name.startswith("basis.") and name.startswith(only)
    }
