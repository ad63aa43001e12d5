"""Hints about observations: elements that never change, that are huge, or that grow without end."""

from __future__ import annotations

from collections.abc import Sequence

from rl_training.runs.hints.hint import Hint, ObservationRange, RunFacts

SEEN = 2000
"""Observations that must have been seen: from then on, an element that changes in one of a thousand
has shown it (with a probability of 86 %)."""
LARGE = 100.0
"""Beyond this, normalised or not, an element is far from the others' scale (as in the doctor)."""
GROWTH = 3.0
"""An element that became so many times as large as in the run's first quarter explodes: what is
added up without end becomes 4 times as large, what has a bound stays about the same."""
_SHOWN = 6


def constant(facts: RunFacts) -> Hint | None:
    """Elements that never changed."""
    found = [each for each in facts.observations if each.low == each.high]
    if facts.observations_seen < SEEN or not found:
        return None
    return Hint(
        "observation constant",
        f"{len(found)} of {len(facts.observations)} elements never changed in "
        f"{facts.observations_seen:,} observations: {_names(found)}",
        "leave them out, or see whether a sensor is dead (collision mask, path, units)",
    )


def out_of_range(facts: RunFacts) -> Hint | None:
    """Elements far outside of [-1, 1]."""
    found = [each for each in facts.observations if _size(each) > LARGE]
    if not found:
        return None
    return Hint(
        "observation out of range",
        f"{len(found)} of {len(facts.observations)} elements go beyond {LARGE:g}: {_names(found)}, "
        f"up to {max(_size(each) for each in found):.3g}",
        "divide each by the largest value that makes sense, so that it lies about [-1, 1]",
    )


def exploding(facts: RunFacts) -> Hint | None:
    """Elements that grow without end."""
    found = [
        each
        for each in facts.observations
        if _size(each) > LARGE and _size(each) > GROWTH * each.early > 0.0
    ]
    if facts.observations_seen < SEEN or not found:
        return None
    worst = max(found, key=_size)
    return Hint(
        "observation exploding",
        f"{_names(found)} grew from {worst.early:.3g} to {_size(worst):.3g}",
        "something is added up and never begun anew (a clock, a position without bounds): start it "
        "again in begin_episode, or give the change of it",
    )


def _size(each: ObservationRange) -> float:
    return max(abs(each.low), abs(each.high))


def _names(found: Sequence[ObservationRange]) -> str:
    shown = ", ".join(each.name for each in found[:_SHOWN])
    more = len(found) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
