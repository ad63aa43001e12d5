"""From results to ratings: openskill's Bradley-Terry model, with intervals by bootstrap.

The model is the full-pair Bradley-Terry update of Weng and Lin, "A Bayesian Approximation Method
for Online Ranking" (JMLR 12, 2011, algorithm 1), as the package `openskill` computes it, with
gamma = 1: players do not learn while they are rated, so all matches count alike and sigma falls
with their number. A difference d of two ratings means that the higher one gets
1 / (1 + exp(-d / (beta sqrt(2)))) of the points: `expected_score`.

Ratings follow from the order of the matches a little. So several seeded orders are rated, and
averaged. Intervals draw meetings (a start, both ways round) with replacement, within each pair,
and rate each draw; `_rate_many` does that for all draws at once, by the same update. Where a pair
always ends alike a bootstrap sees no spread, so an interval is never narrower than openskill's own
sigma says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import UsageError
from rl_training.ratings.matches import Result, whole_meetings

MU = 25.0
SIGMA = MU / 3.0
BETA = MU / 6.0
_LEAST = 1e-4  # openskill's kappa: sigma squared falls by no more in one match
_Z = 1.959964

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rating:
    """A player's rating.

    Attributes:
        mu: openskill's mean; the players of a ladder have 25 on average.
        sigma: openskill's deviation.
        low, high: 95 % interval of mu.
    """

    mu: float
    sigma: float
    low: float
    high: float


@dataclass(frozen=True)
class Known:
    """A player whose rating is fixed."""

    mu: float
    sigma: float


@dataclass(frozen=True)
class _Slots:
    """Matches in order, as numbers.

    Attributes:
        pairs: (n, 2) players' numbers.
        outcomes: (n,) of the first: 1, 0.5 or 0.
        meetings: (n,) number of each one's meeting.
        pair_of: (meetings,) number of the pair of each meeting.
    """

    pairs: NDArray[np.int64]
    outcomes: Floats
    meetings: NDArray[np.int64]
    pair_of: NDArray[np.int64]


def expected_score(difference: float) -> float:
    """Return the share of points that a player gets who is rated so much higher."""
    return 1.0 / (1.0 + math.exp(-difference / (BETA * math.sqrt(2.0))))


def rate(
    results: Sequence[Result],
    known: Mapping[str, Known] | None = None,
    seed: int = 0,
    orders: int = 5,
    resamples: int = 400,
) -> dict[str, Rating]:
    """Rate the players of matches.

    Args:
        results: starts of which one match is missing do not count.
        known: players whose ratings are fixed; every match has one of them and one who is rated.
            Empty: all are rated, and shifted so that they have 25 on average.
        seed: of orders and draws.
        orders: of the matches that are averaged, each also backwards; at least 1.
        resamples: draws for the intervals, at least 2.

    Returns:
        Name to rating, of all that are not known, by name.

    Raises:
        UsageError: openskill is not installed, or no start was played both ways round.
    """
    fixed = dict(known or {})
    slots, names = _slots(results, fixed)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(orders):
        order = rng.permutation(len(slots.outcomes))
        # Each order backwards too: what came first comes last.
        found += [_by_openskill(slots, names, fixed, each, rng) for each in (order, order[::-1])]
    mus = np.mean([mu for mu, _ in found], axis=0)
    sigmas = np.mean([sigma for _, sigma in found], axis=0)
    drawn = drawn_ratings(slots, names, fixed, rng, resamples)
    spread = np.quantile(drawn, (0.025, 0.975), axis=0) - drawn.mean(axis=0)
    rated = {}
    for i, name in enumerate(names):
        if name in fixed:
            continue
        mu, sigma = float(mus[i]), float(sigmas[i])
        low = mu + min(float(spread[0, i]), -_Z * sigma)
        high = mu + max(float(spread[1, i]), _Z * sigma)
        rated[name] = Rating(mu, sigma, low, high)
    return rated


def drawn_ratings(
    slots: _Slots,
    names: Sequence[str],
    known: Mapping[str, Known],
    rng: np.random.Generator,
    resamples: int,
) -> Floats:
    """Return the ratings of meetings drawn with replacement, each pair's among themselves.

    Returns:
        (resamples, players).
    """
    meetings = len(slots.pair_of)
    chosen = np.empty((resamples, meetings), np.int64)
    for pair in np.unique(slots.pair_of):
        own = np.flatnonzero(slots.pair_of == pair)
        chosen[:, own] = rng.choice(own, (resamples, len(own)))
    # Both matches of a meeting, as (meetings, 2), so that a draw takes them together.
    order = np.argsort(slots.meetings, kind="stable").reshape(meetings, 2)
    position = np.empty(len(slots.outcomes), np.int64)
    position[order[:, 0]], position[order[:, 1]] = 0, 1
    outcomes = slots.outcomes[order][chosen[:, slots.meetings], position]
    shuffled = rng.permutation(len(slots.outcomes))
    return _rate_many(slots.pairs[shuffled], outcomes[:, shuffled], names, known)


def rate_many(
    results: Sequence[Result],
    known: Mapping[str, Known],
    outcomes: Floats,
    seed: int = 0,
) -> Floats:
    """Rate one player against known ones for many sets of outcomes at once.

    Args:
        results: of its matches; they say who played, and in which meetings.
        known: the others.
        outcomes: (sets, matches) of the rated player in each match, in the order of `ordered`.
        seed: of the order in which they are rated.

    Returns:
        (sets,) its ratings.
    """
    slots, names = _slots(results, known)
    own = next(i for i, name in enumerate(names) if name not in known)
    first = slots.pairs[:, 0] == own
    seen = np.where(first, outcomes, 1.0 - outcomes)
    shuffled = np.random.default_rng(seed).permutation(len(first))
    found: Floats = _rate_many(slots.pairs[shuffled], seen[:, shuffled], names, known)[:, own]
    return found


def ordered(results: Sequence[Result]) -> list[Result]:
    """Return the results of whole meetings in the order of statistics: by pair and start."""
    return [
        result
        for starts in whole_meetings(results).values()
        for both in starts.values()
        for result in sorted(both, key=lambda each: each.match)
    ]


def _slots(results: Sequence[Result], known: Mapping[str, Known]) -> tuple[_Slots, list[str]]:
    counted = ordered(results)
    if not counted:
        raise UsageError(
            "nothing can be rated: no start was played both ways round; play at least one start"
        )
    names = sorted({name for result in counted for name in result.match[:2]})
    number = {name: i for i, name in enumerate(names)}
    pairs = np.array([[number[name] for name in each.match[:2]] for each in counted], np.int64)
    keys = [(*sorted(each.match[:2]), each.match.start) for each in counted]
    meeting_of = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    pair_of_key = {pair: i for i, pair in enumerate(dict.fromkeys(key[:2] for key in meeting_of))}
    return (
        _Slots(
            pairs,
            np.array([each.outcome for each in counted]),
            np.array([meeting_of[key] for key in keys], np.int64),
            np.array([pair_of_key[key[:2]] for key in meeting_of], np.int64),
        ),
        names,
    )


def _by_openskill(
    slots: _Slots,
    names: Sequence[str],
    known: Mapping[str, Known],
    order: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Rate by the package in one order; return mu and sigma of each player."""
    model = _model()
    ratings = [_first(model, known.get(name)) for name in names]
    # The package gives both sides of a draw the same change, which tells nothing: each pair's draws
    # count as wins of one and the other in turns.
    turns = rng.integers(0, 2, (len(names), len(names)))
    for slot in order.tolist():
        i, j = slots.pairs[slot].tolist()
        outcome = slots.outcomes[slot]
        won = outcome > 0.5
        if outcome == 0.5:
            low, high = min(i, j), max(i, j)
            turns[low, high] += 1
            won = (turns[low, high] % 2 == 0) == (i < j)
        ranks = [0.0, 1.0] if won else [1.0, 0.0]
        [[one], [other]] = model.rate([[ratings[i]], [ratings[j]]], ranks=ranks)
        if names[i] not in known:
            ratings[i] = one
        if names[j] not in known:
            ratings[j] = other
    mus = np.array([each.mu for each in ratings])
    if not known:
        mus += MU - mus.mean()
    return mus, np.array([each.sigma for each in ratings])


def _model() -> Any:
    try:
        from openskill.models import BradleyTerryFull
    except ImportError as error:
        raise UsageError(
            'ratings need the package openskill: pip install "spacetime-rl[ratings]"'
        ) from error
    return BradleyTerryFull(mu=MU, sigma=SIGMA, beta=BETA, kappa=_LEAST, gamma=_one, tau=0.0)


def _one(*_given: Any) -> float:
    return 1.0


def _first(model: Any, known: Known | None) -> Any:
    return model.rating() if known is None else model.rating(mu=known.mu, sigma=known.sigma)


def _rate_many(
    pairs: NDArray[np.int64], outcomes: Floats, names: Sequence[str], known: Mapping[str, Known]
) -> Floats:
    """Rate many sets of outcomes of the same matches at once; return (sets, players) mus.

    Args:
        pairs: (n, 2), in the order in which they are rated.
        outcomes: (sets, n) of the first of each pair.
        names: of the players.
        known: players whose ratings stay.
    """
    held = [known.get(name) for name in names]
    start = [(MU, SIGMA) if each is None else (each.mu, each.sigma) for each in held]
    mu = np.tile(np.array([m for m, _ in start])[:, None], len(outcomes))
    variance = np.tile(np.array([s * s for _, s in start])[:, None], len(outcomes))
    for slot, (i, j) in enumerate(pairs.tolist()):
        total = variance[i] + variance[j] + 2.0 * BETA * BETA
        c = np.sqrt(total)
        p = 1.0 / (1.0 + np.exp((mu[j] - mu[i]) / c))
        surprise = (outcomes[:, slot] - p) / c
        information = p * (1.0 - p) / total
        for player, sign in ((i, 1.0), (j, -1.0)):
            if held[player] is None:
                own = variance[player].copy()
                mu[player] = mu[player] + sign * own * surprise
                variance[player] = own * np.maximum(1.0 - own * information, _LEAST)
    if not known:
        mu += MU - mu.mean(axis=0)
    found: Floats = mu.T
    return found
