"""Which matches are played, and what their results mean."""

from __future__ import annotations

import pytest

from rl_training.ratings.matches import (
    Planned,
    Result,
    against,
    missing,
    round_robin,
    whole_meetings,
)


def test_each_meets_each_both_ways_round_from_the_same_starts() -> None:
    planned = round_robin(["a", "b", "c"], 2)
    assert len(planned) == len(set(planned)) == 3 * 2 * 2
    assert {Planned("a", "b", 1), Planned("b", "a", 1)} <= set(planned)


def test_new_players_meet_the_ladder_not_each_other() -> None:
    planned = against(["x", "y"], ["a", "b"], 1)
    assert {frozenset(each[:2]) for each in planned} == {
        frozenset(pair) for pair in (("x", "a"), ("x", "b"), ("y", "a"), ("y", "b"))
    }


def test_what_was_played_is_not_played_again() -> None:
    planned = round_robin(["a", "b"], 3)
    played = [Result(each, (0.0, 0.0), 1) for each in planned[:4]]
    assert missing(planned, played) == planned[4:]


@pytest.mark.parametrize(
    ("scores", "points"), [((2.0, 1.0), 1.0), ((0.0, 0.5), 0.0), ((1.0, 1.0), 0.5)]
)
def test_the_higher_score_wins(scores: tuple[float, float], points: float) -> None:
    result = Result(Planned("a", "b", 0), scores, 10)
    assert result.of("a") == points
    assert result.of("b") == 1.0 - points


def test_a_meeting_is_both_matches_of_a_start() -> None:
    one, other = Planned("b", "a", 0), Planned("a", "b", 0)
    alone = Planned("a", "b", 1)
    found = whole_meetings([Result(each, (1.0, 0.0), 1) for each in (one, other, alone)])
    assert list(found) == [("a", "b")]
    assert list(found["a", "b"]) == [0]
