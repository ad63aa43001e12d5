"""Why is it not learning? What a run has logged in, reasons and remedies out. Torch-free."""

from __future__ import annotations

from rl_training.runs.hints import (
    collection,
    episodes,
    lessons,
    observations,
    optimisation,
    rewards,
)
from rl_training.runs.hints.hint import Finder, Hint, ObservationRange, RunFacts

__all__ = ["FINDERS", "Hint", "ObservationRange", "RunFacts", "find_hints"]

FINDERS: tuple[Finder, ...] = (
    episodes.no_end,
    episodes.some_never_end,
    episodes.one_reason,
    rewards.constant,
    rewards.drowned,
    rewards.disagrees,
    observations.constant,
    observations.out_of_range,
    observations.exploding,
    optimisation.entropy_collapsed,
    optimisation.entropy_not_falling,
    optimisation.small_kl,
    optimisation.large_kl,
    optimisation.explained_variance,
    lessons.stuck_in_a_lesson,
    collection.short_rollouts,
    collection.copies_differ,
    collection.evaluation_far,
)
"""All hints, those first that explain the others."""


def find_hints(facts: RunFacts) -> list[Hint]:
    """Return what is found, the likeliest cause first."""
    return [hint for find in FINDERS if (hint := find(facts)) is not None]
