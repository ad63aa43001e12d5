"""Recorded numbers of an action as an environment takes them.

A recording holds the actions of all agents of an arena in the scene's order: continuous values, and
the index of each discrete choice. `World.step` takes them group by group, in the columns of the
group's space. Made by `candidates`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rl_training.data.recording import Recording
from rl_training.errors import RecordingError
from rl_training.exploration.spans import Seat, Spans
from rl_training.protocol.hybrid_box import SCORE_BOUND, HybridBox


class ActionRows:
    """Turns recorded actions into rows of a world.

    Args:
        recording: of one arena.
        spans: of the world.

    Raises:
        RecordingError: the scene has other agents or actions now.
    """

    def __init__(self, recording: Recording, spans: Spans) -> None:
        seats = spans.seats[0]
        self._width = spans.width
        self._parts: list[tuple[slice, Seat]] = []
        waiting = list(seats)
        first = 0
        for agent in recording.agents:
            count = len(agent.actions)
            seat = next((s for s in waiting if agent.policy in ("", s.group)), None)
            if seat is None or count != _recorded_width(seat):
                raise RecordingError(
                    f"{recording.path} is of {len(recording.agents)} agents, one with {count} "
                    f"numbers of action in the group {agent.policy!r}; the scene has "
                    "no such agent now"
                )
            waiting.remove(seat)
            self._parts.append((slice(first, first + count), seat))
            first += count
        if waiting:
            raise RecordingError(
                f"{recording.path} is of {len(recording.agents)} agents, the scene has {len(seats)}"
            )

    def row(self, recorded: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (width,) columns of one decision's recorded numbers."""
        row = np.zeros(self._width)
        for numbers, seat in self._parts:
            row[seat.columns] = _columns(recorded[numbers], seat)
        return row


def _recorded_width(seat: Seat) -> int:
    if isinstance(seat.space, HybridBox):
        return sum(1 if f.kind == "discrete" else f.size for f in seat.space.fields)
    return int(seat.columns.stop) - int(seat.columns.start)


def _columns(recorded: NDArray[np.float64], seat: Seat) -> NDArray[np.float64]:
    if not isinstance(seat.space, HybridBox):
        return recorded
    columns = np.zeros(seat.space.shape)
    at = 0
    for field, span in seat.space.spans:
        if field.kind == "continuous":
            columns[span] = recorded[at : at + field.size]
            at += field.size
            continue
        choice = int(recorded[at])
        at += 1
        if field.size == 2:
            columns[span] = 1.0 if choice == 1 else -1.0
        else:
            columns[span] = -SCORE_BOUND
            columns[span.start + choice] = SCORE_BOUND
    return columns
