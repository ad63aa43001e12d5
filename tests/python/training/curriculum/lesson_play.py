"""Lessons without a run: made from plain settings, fed with episodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rl_training.config.curriculum import ParameterCurriculum
from rl_training.training.curriculum.lessons import Lessons, Move

FEW = 10
"""`min_episodes` of these lessons."""


def go_on(threshold: float = 0.7, **changes: Any) -> dict[str, Any]:
    return {"threshold": threshold, "min_episodes": FEW, **changes}


THREE: list[dict[str, Any]] = [
    {"name": "easy", "value": 0.1, "go_on": go_on()},
    {"name": "middle", "value": 0.5, "go_on": go_on()},
    {"name": "hard", "value": "uniform(0.5, 1)"},
]


def lessons_of(
    settings: Sequence[Any] = THREE, agents: int = 1, policies: Sequence[str] = ("",)
) -> Lessons:
    """Return the lessons of `difficulty`, as they stand when learning begins."""
    made = Lessons(
        "difficulty", ParameterCurriculum.from_dict({"lessons": list(settings)}), policies
    )
    for policy in policies:
        made.open(policy, agents)
    return made


def ended(success: float | None = None, **metrics: float) -> dict[str, Any]:
    """Return the last info of an episode."""
    info: dict[str, Any] = {"metrics": metrics, "episode": {"r": 1.0, "l": 5}}
    return info if success is None else {**info, "is_success": bool(success)}


def play(
    lessons: Lessons, wins: Sequence[float], *, progress: float = 0.0, agent: int = 0
) -> list[Move]:
    """Let one agent end episodes, with a look after each; return the lessons that began."""
    moves = []
    for win in wins:
        lessons.end("", agent, ended(win))
        move = lessons.look(progress)
        if move is not None:
            moves.append(move)
    return moves


def kept(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state as a checkpoint gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(state))
    return found
