"""Ratings: known strengths come back, intervals cover them, sides and orders do not matter."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rl_training.errors import UsageError
from rl_training.ratings.matches import Planned, Result, both_ways
from rl_training.ratings.strength import (
    MU,
    Known,
    Rating,
    expected_score,
    ordered,
    rate,
    rate_many,
)
from tests.python.ratings.simulated import simulated

pytest.importorskip("openskill")

STRENGTHS = {"a": 17.0, "b": 22.0, "c": 26.0, "d": 35.0}


def quick(results: list[Result], known: dict[str, Known] | None = None, seed: int = 0) -> dict[
    str, Rating
]:  # fmt: skip
    return rate(results, known, seed, orders=2, resamples=100)


def test_known_strengths_come_back() -> None:
    found = quick(simulated(STRENGTHS, starts=60, seed=1))
    assert sorted(found, key=lambda name: found[name].mu) == list(STRENGTHS)
    for name, strength in STRENGTHS.items():
        assert found[name].mu == pytest.approx(strength, abs=2.0)
    assert np.mean([each.mu for each in found.values()]) == pytest.approx(MU)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = [
        found[name].low <= strength <= found[name].high
        for seed in range(8)
        for found in [quick(simulated(STRENGTHS, starts=20, seed=seed), seed=seed)]
        for name, strength in STRENGTHS.items()
    ]
    # 32 intervals of 95 %: below 75 % by chance once in 10,000 times.
    assert np.mean(covered) >= 0.75


def test_more_matches_make_narrower_intervals() -> None:
    few = quick(simulated(STRENGTHS, starts=5, seed=2))["b"]
    many = quick(simulated(STRENGTHS, starts=80, seed=2))["b"]
    assert many.high - many.low < 0.5 * (few.high - few.low)


def test_a_new_player_is_placed_and_nobody_else_moves() -> None:
    known = {name: Known(mu, 0.8) for name, mu in STRENGTHS.items()}
    results = [
        each
        for each in simulated({**STRENGTHS, "new": 24.0}, starts=100, seed=3)
        if "new" in each.match[:2]
    ]
    found = quick(results, known)
    assert list(found) == ["new"]
    assert found["new"].mu == pytest.approx(24.0, abs=2.0)
    assert found["new"].low < 24.0 < found["new"].high


def test_swapping_sides_changes_nothing() -> None:
    results = simulated(STRENGTHS, starts=10, seed=4, draws=0.2)
    swapped = [
        dataclasses.replace(
            each,
            match=Planned(each.match.second, each.match.first, each.match.start),
            scores=(each.scores[1], each.scores[0]),
        )
        for each in results
    ]
    # The order of the two matches of a meeting is exchanged with the sides, no more.
    one, other = quick(results), quick(swapped)
    for name in STRENGTHS:
        assert one[name].mu == pytest.approx(other[name].mu, abs=1.0)


def test_the_order_of_the_results_changes_nothing() -> None:
    results = simulated(STRENGTHS, starts=10, seed=5)
    assert quick(results) == quick(results[::-1])


def test_equal_players_who_only_draw_are_rated_alike() -> None:
    results = [Result(match, (0.0, 0.0), 10) for match in both_ways("one", "two", 30)]
    found = quick(results)
    assert found["one"].mu == pytest.approx(MU, abs=0.3)
    assert found["two"].mu == pytest.approx(MU, abs=0.3)


def test_draws_bring_unequal_opponents_together() -> None:
    # openskill itself moves neither side in a draw.
    known = {"strong": Known(35.0, 0.5)}
    results = [Result(match, (1.0, 1.0), 10) for match in both_ways("new", "strong", 60)]
    assert quick(results, known)["new"].mu == pytest.approx(35.0, abs=1.5)


def test_who_always_wins_keeps_an_interval() -> None:
    results = [
        Result(match, (float(match.first == "good"), float(match.first == "bad")), 10)
        for match in both_ways("good", "bad", 40)
    ]
    good = quick(results)["good"]
    # No draw of meetings differs, so the bootstrap alone would tell none.
    assert good.high - good.low > 2.0
    assert good.low > quick(results)["bad"].high


def test_a_start_played_one_way_only_does_not_count() -> None:
    results = simulated({"a": 20.0, "b": 30.0}, starts=10, seed=6)
    half = Result(Planned("a", "b", 99), (1.0, 0.0), 10)
    assert quick([*results, half]) == quick(results)
    with pytest.raises(UsageError, match="no start was played both ways round"):
        quick([half])


def test_all_draws_at_once_rate_as_the_package_does() -> None:
    """The same matches in one order, by the package and by the update that intervals use."""
    from openskill.models import BradleyTerryFull

    known = {"a": Known(20.0, 1.0), "b": Known(30.0, 1.0)}
    results = ordered([r for r in simulated({**STRENGTHS, "x": 24.0}, starts=15, seed=7)
                       if "x" in r.match[:2] and {"a", "b"} & set(r.match[:2])])  # fmt: skip
    points = np.array([each.of("x") for each in results])
    (ours,) = rate_many(results, known, points[None], seed=11)
    model = BradleyTerryFull(gamma=lambda *_given: 1.0, tau=0.0)
    rated = model.rating()
    for slot in np.random.default_rng(11).permutation(len(results)).tolist():
        match = results[slot].match
        other = known[match.second if match.first == "x" else match.first]
        held = model.rating(mu=other.mu, sigma=other.sigma)
        ranks = [0.0, 1.0] if points[slot] > 0.5 else [1.0, 0.0]
        [[rated], _] = model.rate([[rated], [held]], ranks=ranks)
    assert ours == pytest.approx(rated.mu, abs=1e-9)


def test_the_expected_score() -> None:
    assert expected_score(0.0) == 0.5
    assert expected_score(4.1) == pytest.approx(2 / 3, abs=0.005)
    assert expected_score(-3.0) == pytest.approx(1.0 - expected_score(3.0))


def test_without_openskill_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "openskill.models", None)
    with pytest.raises(UsageError, match=r'pip install "spacetime-rl\[ratings\]"'):
        quick(simulated(STRENGTHS, starts=2, seed=0))
