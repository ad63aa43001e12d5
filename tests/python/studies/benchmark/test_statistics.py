from __future__ import annotations

from rl_training.studies.benchmark.statistics import Spread, paired_ratios, spread


def test_spread_is_median_smallest_largest() -> None:
    assert spread([3.0, 1.0, 10.0, 2.0]) == Spread(2.5, 1.0, 10.0, 4)
    assert spread([]) is None


def test_ratios_pair_the_same_repeats_only() -> None:
    top = {0: 10.0, 1: 20.0, 2: 30.0}
    bottom = {0: 5.0, 2: 10.0, 3: 1.0}
    assert paired_ratios(top, bottom) == [2.0, 3.0]
    assert paired_ratios(top, {0: 0.0}) == []
