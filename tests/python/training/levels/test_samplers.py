"""What the samplers choose, on synthetic outcomes and on a toy that learns at the frontier only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rl_training.training.levels.known import Played
from rl_training.training.levels.learnability import Learnability
from rl_training.training.levels.regret import Regret, drawn
from rl_training.training.levels.samplers import FEWEST, LevelSampler, Uniform
from rl_training.training.levels.stream import LevelStream
from tests.python.training.levels.toy import Toy

HALF_LIFE = 24_000.0


def uniform(count: int = 4000, seed: int = 0) -> Uniform:
    return Uniform(LevelStream(seed, ()), count, HALF_LIFE, seed)


def learnability(count: int = 4000, seed: int = 0, **given: Any) -> Learnability:
    given = {"share": 0.5, "best": 0.02, **given}
    return Learnability(LevelStream(seed, ()), count, HALF_LIFE, seed, **given)


def regret(count: int = 4000, seed: int = 0, **given: Any) -> Regret:
    given = {"share": 0.5, "temperature": 0.1, "staleness": 0.1, **given}
    return Regret(LevelStream(seed, ()), count, HALF_LIFE, seed, **given)


MAKERS: list[Callable[..., LevelSampler]] = [uniform, learnability, regret]


def test_uniform_plays_its_levels_and_no_others() -> None:
    sampler = uniform(count=50)
    stream = set(LevelStream(0, ()).take(50).tolist())
    drawn_levels = np.concatenate([sampler.draw(25, 0) for _ in range(200)])
    levels, counts = np.unique(drawn_levels, return_counts=True)
    assert set(levels.tolist()) == stream
    assert counts.min() > 50  # 100 each
    assert len(set(sampler.draw(25, 0).tolist())) == 25
    assert len(sampler.draw(80, 0)) == 80  # more arenas than levels


@pytest.mark.parametrize("make", [learnability, regret])
def test_new_levels_are_played_until_enough_are_known(make: Callable[..., LevelSampler]) -> None:
    sampler = make()
    first = sampler.draw(FEWEST, 0)
    assert first.tolist() == LevelStream(0, ()).take(FEWEST).tolist()
    sampler.record([Played(level, True, 0.1) for level in first.tolist()], 1)
    assert len(sampler.known) == FEWEST
    later = np.concatenate([sampler.draw(20, 2) for _ in range(50)])
    replayed = np.isin(later, first).mean()
    assert 0.4 < replayed < 0.6  # share 0.5


def test_learnability_prefers_what_is_sometimes_solved() -> None:
    sampler = learnability(share=1.0)
    for time in range(6):  # by turns, always and never solved
        solved = [(time % 2 == 0, True, False)[level % 3] for level in range(90)]
        sampler.record([Played(level, won) for level, won in enumerate(solved)], 0)
    successes, outcomes = sampler.known.outcomes(0)
    rates = successes / outcomes
    between = set(sampler.known.levels[(rates > 0.2) & (rates < 0.8)].tolist())
    assert between
    # As many of the best as are asked for: a fiftieth of 90 are fewer.
    assert set(sampler.draw(4, 0).tolist()) <= between


def test_a_level_that_was_lost_long_ago_is_as_good_as_new() -> None:
    sampler = learnability()
    sampler.record([Played(1, False)] * 8, 0)
    lost = sampler.score_mean(0)
    assert lost is not None
    new = 0.5 * 0.5 / 2.0  # rate 0.5, nothing known
    assert lost < 0.3 * new
    much_later = sampler.score_mean(int(50 * HALF_LIFE))
    assert much_later == pytest.approx(new, rel=1e-6)


def test_a_full_memory_keeps_what_scores_best() -> None:
    sampler = learnability(count=40)
    sampler.record([Played(level, False) for level in range(40)], 0)
    for _ in range(5):
        sampler.record([Played(3, False)], 0)
    assert sampler.known.is_full
    # Won at the first attempt where nobody wins: worth more than any other.
    sampler.record([Played(1000, True)], 0)
    assert 1000 in sampler.known
    assert 3 not in sampler.known  # the surest loss
    assert len(sampler.known) == 40


def test_regret_ranks_the_newest_score_and_revisits_what_is_stale() -> None:
    sampler = regret(staleness=0.0)
    sampler.record([Played(level, None, level / 100) for level in range(100)], 0)
    shares = sampler.shares()
    best = sampler.known.place(99)
    assert shares[best] == shares.max() > 0.99
    sampler.record([Played(99, None, 0.0)], 0)
    assert sampler.shares()[best] < 1e-10  # the newest counts, not the best
    stale = regret(staleness=1.0)
    stale.record([Played(1, None, 1.0)], 0)
    stale.record([Played(2, None, 1.0)], 0)
    stale.record([Played(3, None, 1.0)], 0)
    assert stale.shares().tolist() == pytest.approx([2 / 3, 1 / 3, 0.0])


def test_the_agents_of_an_arena_share_a_score() -> None:
    sampler = regret()
    sampler.record([Played(7, True, 1.0), Played(7, False, 3.0)], 0)
    assert sampler.known.scores.tolist() == [2.0]
    assert sampler.success_mean(0) == 0.5


def test_levels_without_a_score_stay_unknown() -> None:
    sampler = regret()
    sampler.record([Played(7, True, None)], 0)
    assert len(sampler.known) == 0
    unknown = learnability()
    unknown.record([Played(7, None, 1.0)], 0)
    assert len(unknown.known) == 0


def test_draws_without_replacement_follow_the_shares() -> None:
    random = np.random.default_rng(0)
    shares = np.array([0.6, 0.3, 0.1, 0.0])
    first = [int(drawn(random, shares, 1)[0]) for _ in range(5000)]
    assert np.bincount(first, minlength=4) / 5000 == pytest.approx(shares, abs=0.03)
    both = drawn(random, shares, 3).tolist()
    assert sorted(both) == [0, 1, 2]


@pytest.mark.parametrize("make", MAKERS)
def test_a_restored_sampler_goes_on_to_the_bit(make: Callable[..., LevelSampler]) -> None:
    toy, sampler = Toy(), make(count=200)
    toy.train(sampler, 30)
    again = make(count=200)
    again.restore(json.loads(json.dumps(sampler.state())))
    assert again.state() == sampler.state()
    one, other = Toy(5), Toy(5)
    one.timesteps = other.timesteps = toy.timesteps
    assert one.train(sampler, 20) == other.train(again, 20)
    assert again.state() == sampler.state()


def test_learnability_learns_faster_than_fresh_and_uniform_levels() -> None:
    seeds = range(3)
    fresh = [Toy(seed).train(uniform(100_000, seed), 150)[-1] for seed in seeds]
    few = [Toy(seed).train(uniform(4000, seed), 150)[-1] for seed in seeds]
    chosen = [Toy(seed).train(learnability(seed=seed), 150)[-1] for seed in seeds]
    assert min(chosen) > 1.2 * max(fresh + few)


def test_learnability_plays_at_the_frontier() -> None:
    chosen, new = [], []
    for seed in range(3):
        toy, sampler = Toy(seed), learnability(seed=seed)
        toy.train(sampler, 150)
        known = toy.solved(sampler.known.levels[sampler._choose(50, toy.timesteps)])
        others = toy.solved(LevelStream(9, ()).take(1000))
        chosen.append((known * (1.0 - known)).mean())
        new.append((others * (1.0 - others)).mean())
    assert np.mean(chosen) > 1.3 * np.mean(new)


def test_regret_learns_no_slower_than_fresh_levels() -> None:
    """Its score is one lucky episode here: a gain is not promised (arXiv 2408.15099 says why)."""
    seeds = range(3)
    fresh = sum(Toy(seed).train(uniform(100_000, seed), 150)[-1] for seed in seeds)
    chosen = sum(Toy(seed).train(regret(seed=seed), 150)[-1] for seed in seeds)
    assert chosen > 0.9 * fresh
