"""Matches between players of known strengths, drawn by the model that ratings assume."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from rl_training.ratings.matches import Result, both_ways
from rl_training.ratings.strength import expected_score


def simulated(
    strengths: Mapping[str, float], starts: int, seed: int, draws: float = 0.0
) -> list[Result]:
    """Play each with each, both ways round.

    Args:
        strengths: name to rating.
        starts: of each pair.
        seed: of the outcomes.
        draws: share of the matches that end in a draw, whoever plays.
    """
    rng = np.random.default_rng(seed)
    results = []
    for one, other in itertools.combinations(strengths, 2):
        for match in both_ways(one, other, starts):
            share = expected_score(strengths[match.first] - strengths[match.second])
            won = rng.random() < share
            is_draw = rng.random() < draws
            scores = (1.0, 1.0) if is_draw else (float(won), float(not won))
            results.append(Result(match, scores, 100))
    return results
