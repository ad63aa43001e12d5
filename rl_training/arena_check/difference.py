"""Where shared arenas part from the same arenas alone: from an episode's start, or by rounding.

Called by `check`; it starts nothing. Side by side, positions are larger, so they are rounded
otherwise, and contacts make much of that after a while. So the first observation of an episode and
the next few decisions are held to a narrow bound, later ones only to a leap: from no difference to
a large one within one decision, in most arenas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rl_training.arena_check.play import TwoWays

STRICT_DECISIONS = 3
"""Decisions after a reset in which rounding cannot have grown to a difference."""

_SHARE = 0.5  # of the episodes in the arenas beside the first
_ROUNDING = 1e-3
_SPREAD = 0.02
_LEAP_SPREAD = 0.2
_SETTLED = 0.05  # of what is allowed: nothing but rounding before a leap
_REWARD_ROUNDING = 1e-4
_REWARD_SPREAD = 0.05


@dataclass(frozen=True)
class Difference:
    """What parts first.

    Attributes:
        what: "obs[name]", "the reward" or "the episode's end".
        decision: decisions after the reset; 0: the first observation.
        agent: number of the agent, over all arenas.
        arena: number of its arena, from 1.
        node: path of its controller.
        shared: its value in shared arenas.
        alone: its value in a world of its own.
        share: of the episodes in the arenas beside the first that differ in it.
        first_too: whether the first arena, which stands where it would alone, differs as well.
    """

    what: str
    decision: int
    agent: int
    arena: int
    node: str
    shared: float
    alone: float
    share: float
    first_too: bool


def find_difference(seen: TwoWays) -> Difference | None:
    """Return what differs in most arenas beside the first; None: nothing that rounding is not."""
    for found in (*_strict(seen), *_leaps(seen)):
        return found
    return None


def _strict(seen: TwoWays) -> Iterator[Difference]:
    far = _beyond(seen.observations, _ROUNDING, _SPREAD)
    gains = _beyond(seen.rewards[..., None], _REWARD_ROUNDING, _REWARD_SPREAD)
    ends = (seen.ends[:, :, 0] != seen.ends[:, :, 1])[..., None].astype(np.float64) * 2.0
    last = min(STRICT_DECISIONS, seen.rewards.shape[1])
    for decision in range(last + 1):
        yield from _judge(seen, decision, far[:, decision], seen.names, seen.observations)
        if decision > 0:
            rewards = seen.rewards[..., None]
            yield from _judge(seen, decision, gains[:, decision - 1], ("the reward",), rewards, 1)
            over = seen.ends[..., None].astype(np.float64)
            what = ("the episode's end",)
            yield from _judge(seen, decision, ends[:, decision - 1], what, over, 1)


def _judge(
    seen: TwoWays,
    decision: int,
    far: NDArray[np.float64],
    names: tuple[str, ...],
    values: NDArray[np.float64],
    shift: int = 0,
) -> Iterator[Difference]:
    """Yield the element that differs most, if one does in most arenas.

    Args:
        seen: both plays.
        decision: whose values these are.
        far: (resets, agents, elements) differences in units of what is allowed.
        names: of the elements.
        values: (resets, decisions, way, agents, elements).
        shift: of the decisions in `values` against `decision`.
    """
    per = seen.agents_per_arena
    agents = far.shape[1]
    for slot in range(per):
        rows = np.arange(per + slot, agents, per)
        share = (far[:, rows] > 1.0).mean(axis=(0, 1))
        if not share.size or share.max() < _SHARE:
            continue
        most = np.median(far[:, rows], axis=(0, 1)) * (share >= _SHARE)
        element = int(np.argmax(most))
        reset, place = np.unravel_index(
            int(np.argmax(far[:, rows, element])), (len(far), len(rows))
        )
        agent = int(rows[place])
        pair = values[int(reset), decision - shift, :, agent, element]
        yield Difference(
            what=names[element],
            decision=decision,
            agent=agent,
            arena=agent // per,
            node=seen.nodes[agent],
            shared=float(pair[0]),
            alone=float(pair[1]),
            share=float(share[element]),
            first_too=bool((far[:, slot, element] > 1.0).any()),
        )


def _leaps(seen: TwoWays) -> Iterator[Difference]:
    """Yield what differs suddenly, later on, in most arenas beside the first and not in that."""
    narrow = _beyond(seen.observations, _ROUNDING, _SPREAD)
    wide = _beyond(seen.observations, _ROUNDING, _LEAP_SPREAD)
    if not wide.shape[-1]:
        return
    per, agents = seen.agents_per_arena, wide.shape[2]
    apart = seen.ends[:, :, 0] != seen.ends[:, :, 1]
    for slot in range(per):
        rows = np.arange(slot, agents, per)
        found = [
            (reset, int(agent), leap)
            for reset in range(len(wide))
            for agent in rows
            if (
                leap := _leap(
                    narrow[reset, :, agent], wide[reset, :, agent], apart[reset, :, agent]
                )
            )
        ]
        beside = [each for each in found if each[1] >= per]
        share = len(beside) / max(1, len(wide) * (len(rows) - 1))
        if len(beside) < len(found) or share < _SHARE:
            continue
        reset, agent, (decision, element) = beside[0]
        pair = seen.observations[reset, decision, :, agent, element]
        yield Difference(
            what=seen.names[element],
            decision=decision,
            agent=agent,
            arena=agent // per,
            node=seen.nodes[agent],
            shared=float(pair[0]),
            alone=float(pair[1]),
            share=share,
            first_too=False,
        )


def _leap(
    narrow: NDArray[np.float64], wide: NDArray[np.float64], apart: NDArray[np.bool_]
) -> tuple[int, int] | None:
    """Return (decision, element) of a leap of one agent in one episode, or None."""
    for decision in range(1, len(wide)):
        if apart[decision - 1]:
            return None  # one of the two began a new episode
        if wide[decision].max() > 1.0:
            sudden = narrow[decision - 1].max() < _SETTLED
            return (decision, int(np.argmax(wide[decision]))) if sudden else None
    return None


def _beyond(values: NDArray[np.float64], rounding: float, spread: float) -> NDArray[np.float64]:
    """Return the two ways' difference in units of what is allowed; the axis `way` (2) goes.

    Allowed is `rounding` of the value, at least of 1, and `spread` of what the element ranges over
    between its 5th and 95th percentile.
    """
    alone = values[:, :, 1]
    flat = alone.reshape(-1, alone.shape[-1])
    low, high = np.percentile(flat, (5.0, 95.0), axis=0) if flat.size else (0.0, 0.0)
    allowed = rounding * np.maximum(1.0, np.abs(alone)) + spread * (high - low)
    far: NDArray[np.float64] = np.abs(values[:, :, 0] - alone) / allowed
    return far
