"""What counts as a difference between two plays, and what is left to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from rl_training.arena_check.difference import find_difference
from rl_training.arena_check.play import TwoWays

RESETS, DECISIONS, ARENAS, PER, ELEMENTS = 3, 12, 4, 2, 3


def seen() -> TwoWays:
    agents = ARENAS * PER
    random = np.random.default_rng(0)
    one = random.uniform(-1, 1, (RESETS, DECISIONS + 1, 1, agents, ELEMENTS))
    gains = random.uniform(-1, 1, (RESETS, DECISIONS, 1, agents))
    rounding = random.uniform(-1e-5, 1e-5, (RESETS, DECISIONS + 1, 2, agents, ELEMENTS))
    return TwoWays(
        names=("obs[x]", "obs[y]", "obs[z]"),
        agents_per_arena=PER,
        nodes=tuple(f"/root/Arena{i // PER}/Agent{i % PER}" for i in range(agents)),
        observations=np.repeat(one, 2, axis=2) + rounding,
        rewards=np.repeat(gains, 2, axis=2),
        ends=np.zeros((RESETS, DECISIONS, 2, agents), np.bool_),
    )


def found(change: Any) -> Any:
    play = seen()
    change(play)
    return find_difference(play)


def test_rounding_is_no_difference() -> None:
    assert find_difference(seen()) is None


def test_a_first_observation_that_is_elsewhere_in_every_arena_but_the_first() -> None:
    def move(play: TwoWays) -> None:
        play.observations[:, :, 0, PER + 1 :: PER, 2] += 5.0  # the second agent of each

    difference = found(move)
    assert (difference.what, difference.decision) == ("obs[z]", 0)
    assert difference.node.endswith("Agent1")
    assert difference.share == 1.0
    assert not difference.first_too


def test_one_arena_in_which_a_ray_grazes_a_wall_is_no_difference() -> None:
    def graze(play: TwoWays) -> None:
        play.observations[:, :, 0, 3, 0] += 1.0

    assert found(graze) is None


def test_rewards_and_ends_count() -> None:
    def pay(play: TwoWays) -> None:
        play.rewards[:, :, 0, PER:] -= 3.0

    def stop(play: TwoWays) -> None:
        play.ends[:, 1, 0, PER:] = True

    assert (found(pay).what, found(pay).decision) == ("the reward", 1)
    assert (found(stop).what, found(stop).decision) == ("the episode's end", 2)


def test_chaos_that_grows_is_no_difference() -> None:
    def grow(play: TwoWays) -> None:
        for decision in range(4, DECISIONS + 1):
            play.observations[:, decision, 0, PER:] += 1e-3 * 2.5 ** (decision - 4)

    assert found(grow) is None


def test_a_leap_later_on_is_one() -> None:
    def leap(play: TwoWays) -> None:
        play.observations[:, 7:, 0, PER:, 1] += 4.0

    assert (found(leap).what, found(leap).decision) == ("obs[y]", 7)


def test_a_leap_in_the_first_arena_too_is_chance() -> None:
    def leap(play: TwoWays) -> None:
        play.observations[:, 7:, 0, :, 1] += 4.0

    assert found(leap) is None
