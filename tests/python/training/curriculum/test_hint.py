"""The hint that a run is stuck in a lesson."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rl_training.runs.hints import RunFacts, find_hints
from rl_training.runs.hints.lessons import ROWS


def _rows(
    values: Sequence[float], lesson: float = 2.0, threshold: float | None = 0.7, episodes: int = 50
) -> list[dict[str, float | None]]:
    """Rows of one lesson, a value each, so many episodes apart."""
    return [
        {
            "timesteps": 1000.0 * number,
            "curriculum/difficulty/lesson": lesson,
            "curriculum/difficulty/measure": value,
            "curriculum/difficulty/threshold": threshold,
            "curriculum/difficulty/episodes": float(episodes * number),
        }
        for number, value in enumerate(values, 1)
    ]


def _found(rows: Sequence[dict[str, float | None]]) -> list[str]:
    return [hint.name for hint in find_hints(RunFacts(rows)) if "lesson" in hint.name]


STILL = [0.2, 0.3] * (ROWS // 2)


def test_a_run_that_is_stuck() -> None:
    rows = [*_rows([0.9] * 5, lesson=1.0), *_rows(STILL)]
    (hint,) = [each for each in find_hints(RunFacts(rows)) if "lesson" in each.name]
    assert hint.text() == (
        "stuck in a lesson: difficulty is in lesson 2 for 1,500 episodes; its measure is 0.3 of "
        "0.7 and comes no closer. put a lesson between this one and the one before, lower "
        "go_on.threshold, or give the lesson a fall_back; to go on now: runs control set "
        "curriculum.difficulty=3"
    )


@pytest.mark.parametrize(
    "rows",
    [
        _rows(STILL[:-1]),
        _rows(STILL, episodes=10),
        _rows(STILL, threshold=None),  # the last lesson
        _rows([0.2 + 0.4 * i / ROWS for i in range(ROWS)]),
        _rows([5.0 - 3.0 * i / ROWS for i in range(ROWS)], threshold=1.0),  # with `below`
        [{"timesteps": 1.0, "rollout/ep_rew_mean": 1.0}],
    ],
)
def test_a_run_that_is_not(rows: list[dict[str, float | None]]) -> None:
    assert _found(rows) == []


def test_a_measure_that_leaves_the_threshold() -> None:
    assert _found(_rows([3.0 + i / ROWS for i in range(ROWS)], threshold=1.0))
