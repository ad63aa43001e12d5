from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rl_training.evaluation.report_parts import Direction
from rl_training.gate.permutation_test import (
    RESAMPLES,
    Comparison,
    Values,
    compare,
    worsening,
)


@pytest.mark.parametrize(
    ("baseline", "current", "direction", "expected"),
    [
        (10.0, 9.0, "higher", 0.1),
        (10.0, 9.0, "lower", -0.1),
        (10.0, 9.0, "either", 0.1),
        (-10.0, -11.0, "higher", 0.1),
        (-10.0, -11.0, "lower", -0.1),
        (-10.0, -9.0, "either", 0.1),
        (0.0, 0.1, "lower", math.inf),
        (0.0, 0.1, "higher", -math.inf),
        (0.0, 0.0, "higher", 0.0),
    ],
)
def test_worsening_is_relative_to_the_size_of_the_baseline(
    baseline: float, current: float, direction: Direction, expected: float
) -> None:
    assert worsening(baseline, current, direction) == pytest.approx(expected)


def sample(values: object, start: int = 0) -> dict[int, float]:
    return {start + i: float(x) for i, x in enumerate(np.asarray(values).tolist())}


def one(
    before: Values,
    after: Values,
    direction: Direction,
    tolerance: float,
    alpha: float,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compare a single metric."""
    found = compare(
        {"m": before}, {"m": after}, {"m": direction}, tolerance, alpha, resamples=resamples
    )
    return found["m"]


def test_equal_seeds_are_compared_one_by_one() -> None:
    noise = np.random.default_rng(0).normal(0.0, 100.0, 50)
    before = sample(noise)
    after = sample(noise - 1.0 - 0.1 * np.arange(50) / 50)
    paired = one(before, after, "higher", 0.1, 0.01)
    assert paired.paired
    assert paired.p_value < 0.001
    # The same numbers from other episodes drown in their spread.
    apart = one(before, sample([*after.values()], start=1000), "higher", 0.1, 0.01)
    assert not apart.paired
    assert apart.p_value > 0.2
    assert apart.baseline == pytest.approx(paired.baseline)


def test_only_common_episodes_count_when_one_set_holds_the_other() -> None:
    before = sample([1.0, 1.0, 1.0, 100.0])
    found = one(before, sample([1.0, 1.0, 1.0]), "higher", 0.1, 0.01)
    assert (found.paired, found.episodes, found.baseline, found.current) == (True, 3, 1.0, 1.0)


def test_an_unchanged_policy_is_no_difference() -> None:
    values = sample([0.0, 1.0, 1.0])
    assert one(values, values, "higher", 0.1, 0.01).p_value == 1.0
    constant = sample([1.0] * 5)
    assert one(constant, sample([1.0] * 5, 10), "higher", 0.1, 0.01).p_value == 1.0


def test_p_values_are_those_of_the_exact_tests() -> None:
    # Ten paired losses and no win: (1/2)^10 one-sided, 2 * (1/2)^10 two-sided.
    before, after = sample([1.0] * 100), sample([0.0] * 10 + [1.0] * 90)
    assert one(before, after, "higher", 0.1, 0.01).p_value == pytest.approx(2**-10, abs=7e-4)
    assert one(before, after, "either", 0.1, 0.01).p_value == pytest.approx(2**-9, abs=1e-3)
    assert one(before, after, "lower", 0.1, 0.01).p_value == 1.0
    # 0 of 100 against 5 of 100 failures: Fisher's exact test, one-sided, gives 0.0295.
    after = sample([0.0] * 5 + [1.0] * 95, start=1000)
    assert one(before, after, "higher", 0.1, 0.01).p_value == pytest.approx(0.0295, abs=5e-3)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("kind", ["rate", "count", "normal"])
def test_p_values_of_unchanged_policies_are_honest(paired: bool, kind: str) -> None:
    generator = np.random.default_rng(7)

    def draw() -> object:
        if kind == "rate":
            return generator.random(40) < 0.95
        return generator.poisson(0.2, 40) if kind == "count" else generator.normal(-3.0, 2.0, 40)

    below = 0
    for _ in range(150):
        first, second = sample(draw()), sample(draw(), 0 if paired else 1000)
        below += one(first, second, "higher", 0.1, 0.01, resamples=500).p_value < 0.1
    # At most 10 % of 150 are expected; 26 of them come about once in 1,000 times.
    assert below <= 26


def test_the_episodes_needed_do_tell_the_tolerance() -> None:
    generator = np.random.default_rng(3)
    before = sample(generator.normal(10.0, 4.0, 100))
    needed = one(
        before, sample(generator.normal(10.0, 4.0, 100), 1000), "higher", 0.1, 0.05
    ).episodes_needed
    assert needed is not None
    assert 100 < needed < 300
    told = 0
    for _ in range(60):
        first = sample(generator.normal(10.0, 4.0, needed))
        second = sample(generator.normal(9.0, 4.0, needed), 100_000)
        told += one(first, second, "higher", 0.1, 0.05, resamples=500).p_value < 0.05
    assert 0.6 < told / 60 < 0.95


def test_metrics_that_say_the_same_count_once() -> None:
    generator = np.random.default_rng(4)
    before, noise = generator.normal(10.0, 3.0, 60), generator.normal(0.7, 2.0, 60)
    alone = one(sample(before), sample(before - noise), "higher", 0.1, 0.01).p_value
    copies: dict[str, Any] = {f"m{i}": sample((i + 1) * before) for i in range(8)}
    after: dict[str, Any] = {f"m{i}": sample((i + 1) * (before - noise)) for i in range(8)}
    found = compare(copies, after, dict.fromkeys(copies, "higher"), 0.1, 0.01)
    assert [each.p_value for each in found.values()] == pytest.approx([alone] * 8, rel=0.2)


@pytest.mark.parametrize("paired", [True, False])
def test_false_alarms_are_rare_over_all_metrics_together(paired: bool) -> None:
    generator = np.random.default_rng(11)
    alarms = 0
    for _ in range(150):
        sets: list[dict[str, Any]] = []
        for start in (0, 0 if paired else 1000):
            common = generator.normal(0.0, 1.0, 40)
            values = [common + generator.normal(0.0, 1.0, 40), generator.poisson(0.3, 40)]
            values += [generator.normal(0.0, 1.0, 40) ** 3 for _ in range(4)]
            sets.append({str(i): sample(each, start) for i, each in enumerate(values)})
        ways: dict[str, Direction] = dict.fromkeys(sets[0], "higher")
        ways["3"], ways["4"] = "either", "lower"
        found = compare(sets[0], sets[1], ways, 0.1, 0.1, resamples=500)
        alarms += min(each.p_value for each in found.values()) < 0.1
    # At most 10 % of 150 are expected; 26 of them come about once in 1,000 times.
    assert alarms <= 26


def test_a_small_loss_behind_a_few_wild_episodes_is_seen() -> None:
    generator = np.random.default_rng(2)
    loss = generator.normal(1.0, 1.5, 100)
    loss[:4] = [60.0, -60.0, 70.0, -50.0]
    before = sample(np.full(100, 40.0))
    assert one(before, sample(40.0 - loss), "higher", 0.1, 0.01).p_value < 0.001


def test_a_few_lost_episodes_among_small_gains_are_seen() -> None:
    generator = np.random.default_rng(2)
    gain = generator.normal(0.2, 1.0, 100)
    gain[:15] = -30.0
    before = sample(np.full(100, 40.0))
    assert one(before, sample(40.0 + gain), "higher", 0.1, 0.01).p_value < 0.001


def test_no_metric_is_no_comparison() -> None:
    assert compare({}, {}, {}, 0.1, 0.01) == {}
