from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rl_training.play.statistics import (
    bootstrap_interval,
    interquartile_mean,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998 (doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E),
        # table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    found = wilson_interval(successes, trials)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_in_range(counts: tuple[int, int]) -> None:
    successes, trials = counts
    found = wilson_interval(successes, trials)
    assert 0.0 <= found.low <= successes / trials <= found.high <= 1.0


def test_wilson_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="3 successes of 2 trials"):
        wilson_interval(3, 2)
    with pytest.raises(ValueError, match="0 successes of 0 trials"):
        wilson_interval(0, 0)


def test_bootstrap_agrees_with_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(5.0, 2.0, 400)
    found = bootstrap_interval(list(values))
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)


def test_bootstrap_is_repeatable_and_exact_for_constants() -> None:
    assert bootstrap_interval([1.0, 2.0, 9.0]) == bootstrap_interval([1.0, 2.0, 9.0])
    assert bootstrap_interval([3.0]).low == bootstrap_interval([3.0]).high == 3.0
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # Whole quarters are dropped.
        ([100, 1, 2, 3, 4, 5, 6, -100], 3.5),
        # 9 values: a quarter is 2.25, so the third and the seventh count three quarters each.
        # (0.75 * 5 + 7 + 9 + 11 + 0.75 * 13) / 4.5 (textbook example)
        ([1, 3, 5, 7, 9, 11, 13, 15, 17], 9.0),
        ([5], 5.0),
        ([1, 2], 1.5),
    ],
)
def test_interquartile_mean(values: list[float], expected: float) -> None:
    assert interquartile_mean(np.array(values, float)) == pytest.approx(expected)


def test_interquartile_mean_weighs_the_edges() -> None:
    # A quarter of 5 is 1.25: (0.75 * 2 + 3 + 0.75 * 10) / 2.5
    assert interquartile_mean(np.array([1.0, 2, 3, 10, 100])) == pytest.approx(4.8)


def test_bootstrap_of_the_interquartile_mean() -> None:
    values = [*np.random.default_rng(1).normal(5.0, 1.0, 200).tolist(), 10_000.0]
    found = bootstrap_interval(values, interquartile_mean)
    assert 4.7 < found.low < float(interquartile_mean(np.array(values))) < found.high < 5.3
    rows = np.array([[1.0, 2, 3, 10, 100], [1.0, 1, 1, 1, 1]])
    np.testing.assert_allclose(interquartile_mean(rows), [4.8, 1.0])
