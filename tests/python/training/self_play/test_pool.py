"""Who is drawn from the pool, and what the results against each say."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from rl_training.config.self_play import SelfPlaySettings
from rl_training.training.self_play.pool import OpponentPool
from rl_training.training.self_play.results import result_in


def pool(count: int, **settings: Any) -> OpponentPool:
    made = OpponentPool(SelfPlaySettings.from_dict(settings), seed=3)
    for number in range(count):
        made.add(f"m{number}")
    return made


def test_most_play_the_newest_and_some_the_past() -> None:
    drawn = Counter(pool(10, newest_share=0.8, opponents=4).draw(50))
    assert drawn["m9"] == 40
    assert len(drawn) == 4
    assert sum(drawn.values()) == 50


def test_every_past_one_has_its_turn() -> None:
    many = pool(6, newest_share=0.5, opponents=3)
    seen = {name for _ in range(60) for name in many.draw(4)}
    assert seen == {f"m{number}" for number in range(6)}


@pytest.mark.parametrize(("count", "opponents"), [(1, 4), (5, 1)])
def test_the_newest_alone_plays_everywhere(count: int, opponents: int) -> None:
    assert set(pool(count, opponents=opponents).draw(8)) == {f"m{count - 1}"}


def test_nobody_is_drawn_from_an_empty_pool() -> None:
    assert pool(0).draw(8) == []


def test_the_oldest_leaves() -> None:
    full = pool(3, pool_size=3)
    assert full.add("m3") == "m0"
    assert full.names == ["m1", "m2", "m3"]
    assert full.add("m3") is None


def test_who_wins_half_is_drawn_the_most() -> None:
    made = pool(3, sampling="difficulty", opponents=1)
    for _ in range(100):
        made.note("m0", 1.0)
        made.note("m1", 0.0)
        made.note("m2", 0.5)
    assert made.difficulty("m2") == pytest.approx(0.25)
    assert made.difficulty("m0") == pytest.approx(made.difficulty("m1"))
    assert made.difficulty("m0") < 0.01
    drawn = Counter(name for _ in range(200) for name in made.draw(1))
    # 0.25 against 0.0098 twice: 93 % of the draws.
    assert drawn["m2"] > 150


def test_who_has_not_played_counts_as_even() -> None:
    made = pool(1, sampling="difficulty")
    assert made.difficulty("m0") == pytest.approx(0.25)
    assert made.win_rate("m0") is None


def test_the_win_rate_is_of_the_last_episodes_and_a_draw_is_half() -> None:
    made = pool(1, window=4)
    for result in (0.0, 0.0, 1.0, 1.0, 0.5, 0.5):
        made.note("m0", result)
    assert made.win_rate("m0") == pytest.approx(0.75)
    assert made.episodes("m0") == 6


def test_a_resumed_pool_draws_what_the_first_would_have() -> None:
    made = pool(5, sampling="difficulty")
    made.draw(10)
    made.note("m1", 1.0)
    again = OpponentPool(SelfPlaySettings.from_dict({"sampling": "difficulty"}), seed=3)
    again.restore(made.state(), made.names)
    assert again.state() == made.state()
    assert again.draw(10) == made.draw(10)


def test_milestones_that_are_gone_are_left_out() -> None:
    again = pool(0)
    again.restore(pool(3).state(), ["m0", "m2"])
    assert again.names == ["m0", "m2"]


def info(mine: bool | None, theirs: bool | None, policy: str = "m0") -> dict[str, Any]:
    row = {"policy": policy, "return": 1.0, "info": {"is_success": theirs}}
    return {"is_success": mine, "episode": {"r": 2.0, "l": 9}, "opponents": [row]}


@pytest.mark.parametrize(
    ("mine", "theirs", "result"),
    [(True, False, 1.0), (False, True, 0.0), (False, False, 0.5), (True, True, 0.5)],
)
def test_a_result_is_who_succeeded(mine: bool, theirs: bool, result: float) -> None:
    assert result_in(info(mine, theirs), {"m0"}) == ("m0", result)


def test_where_nothing_tells_success_the_higher_return_wins() -> None:
    assert result_in(info(None, None), {"m0"}) == ("m0", 1.0)


def test_others_than_the_pools_are_not_counted() -> None:
    assert result_in(info(True, False, "game"), {"m0"}) is None
    assert result_in({"is_success": True}, {"m0"}) is None
