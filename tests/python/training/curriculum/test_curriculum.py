"""All parameters of a run together, without any environment."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from rl_training.config import TrainConfig
from rl_training.config.samplers import Uniform
from rl_training.errors import ConfigError
from rl_training.training.curriculum.curriculum import Curriculum
from tests.python.learners import config_of
from tests.python.training.curriculum.lesson_play import FEW, THREE, ended, go_on, kept


def _config(**changes: Any) -> TrainConfig:
    settings: dict[str, Any] = {
        "training": {"timesteps": 1000},
        "parameters": {
            "gravity": 9.8,
            "mass": "uniform(1, 2)",
            "wind": {"schedule": [[100, 0], [200, 1], [300, "uniform(1, 2)"]]},
        },
        "curriculum": {"difficulty": {"lessons": THREE}},
    }
    return config_of(**settings | changes)


def _curriculum(**changes: Any) -> Curriculum:
    made = Curriculum(_config(**changes))
    made.open("", 1)
    return made


def test_an_environment_is_told_only_what_changed() -> None:
    found = _curriculum()
    assert found.told == {
        "gravity": 9.8,
        "mass": Uniform(low=1, high=2),
        "wind": 0.0,
        "difficulty": 0.1,
    }
    assert [found.changes(done) for done in (0, 100, 125, 125, 200, 250, 299, 300, 301)] == [
        *({}, {}, {"wind": 0.25}, {}, {"wind": 1.0}, {}, {}),
        *({"wind": Uniform(low=1, high=2)}, {}),
    ]


def test_lessons_change_what_they_name() -> None:
    found = _curriculum()
    for _ in range(FEW):
        found.end("", 0, ended(1))
    assert found.look(64) == [
        "difficulty: lesson 2 of 3 'middle' begins at 64 steps, sets difficulty = 0.5 "
        "(success_rate 1.00 of 0.70 over 10 episodes)"
    ]
    assert found.changes(64) == {"difficulty": 0.5}
    assert found.look(65) == []


def test_falling_back_is_told() -> None:
    lessons = [THREE[0], {**THREE[1], "fall_back": 0.25}, THREE[2]]
    found = _curriculum(curriculum={"difficulty": {"lessons": lessons}})
    found.choose("difficulty", 2)
    for _ in range(FEW + 1):
        found.end("", 0, ended(0))
    assert found.look(64) == [
        "difficulty: lesson 1 of 3 'easy' begins at 64 steps, sets difficulty = 0.1 (fell back "
        "from lesson 2 with fall_back 0.25: success_rate 0.00 of 0.70 over 10 episodes)"
    ]


def test_progress_is_of_the_whole_run() -> None:
    lessons = [{"value": 0, "go_on": go_on(0.25, measure="progress")}, {"value": 1}]
    found = _curriculum(curriculum={"difficulty": {"lessons": lessons}})
    for _ in range(FEW):
        found.end("", 0, ended(0))
    assert found.look(249) == []
    assert len(found.look(250)) == 1


def test_two_parameters_go_on_by_themselves() -> None:
    other = [{"value": 0, "go_on": go_on(measure="collisions", below=True)}, {"value": 1}]
    both = {"difficulty": {"lessons": THREE}, "boxes": {"lessons": other}}
    found = _curriculum(curriculum=both)
    for _ in range(FEW):
        found.end("", 0, ended(0, collisions=0.0))
    assert [line.partition(":")[0] for line in found.look(0)] == ["boxes"]
    assert found.changes(0) == {"boxes": 1.0}


def test_settings_that_never_change_need_no_callback() -> None:
    assert _curriculum().is_live
    assert _curriculum(curriculum={}).is_live  # the schedule
    assert not _curriculum(curriculum={}, parameters={"gravity": 3.7}).is_live


def test_a_measure_of_evaluations_needs_evaluations() -> None:
    lessons = [{"value": 0, "go_on": go_on(measure="eval/success_rate")}, {"value": 1}]
    curriculum = {"difficulty": {"lessons": lessons}}
    with pytest.raises(ConfigError, match=r"'eval/success_rate'.*set evaluation\.every"):
        _curriculum(curriculum=curriculum)
    found = _curriculum(curriculum=curriculum, evaluation={"every": 100})
    assert found.logged_tags == {"eval/success_rate"}


def test_a_value_set_by_hand_hides_the_schedule_and_pauses_lessons() -> None:
    found = _curriculum()
    assert found.set_by_hand("wind", 7.0) == []
    assert found.set_by_hand("difficulty", 0.3) == ["difficulty"]
    assert found.changes(300) == {}
    for _ in range(2 * FEW):
        found.end("", 0, ended(1))
    assert found.look(300) == []
    assert "pauses: its parameters were set by hand" in found.lines()[0]
    found.choose("difficulty", 2)
    assert found.changes(300) == {"difficulty": 0.5}
    assert found.by_hand == {"wind": 7.0}


def test_a_resumed_run_has_the_lesson_and_not_what_was_set_by_hand() -> None:
    before = _curriculum()
    before.choose("difficulty", 2)
    before.set_by_hand("difficulty", 9.0)
    before.set_by_hand("wind", 9.0)
    resumed = _curriculum()
    resumed.restore(kept(before.state()))
    assert resumed.changes(150) == {"difficulty": 0.5, "wind": 0.5}


def test_a_resumed_run_says_what_is_different(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    before = _curriculum()
    before.choose("difficulty", "hard")
    for lessons in (THREE, THREE[1:], [THREE[0], THREE[1], {"name": "hard", "value": 2}]):
        _curriculum(curriculum={"difficulty": {"lessons": lessons}}).restore(kept(before.state()))
    other = {"boxes": {"lessons": THREE}}
    _curriculum(curriculum=other).restore(kept(before.state()))
    assert [record.message for record in caplog.records] == [
        "difficulty: going on in lesson 3 of 3 'hard': success_rate is not known yet, after 0 "
        "episodes (needs 10)",
        "difficulty: lesson 2 of 2 'hard', which was lesson 3 of 3 'hard': it goes on with its "
        "counts",
        "difficulty: lesson 3 of 3 'hard', which was lesson 3 of 3 'hard': it was changed, so its "
        "counts begin anew",
        "boxes: it has a curriculum now; lesson 1 of 3 'easy' begins",
        "difficulty: it has no curriculum any more; the settings hold",
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"curriculum": {"wind": {"lessons": THREE}}},
            r"'wind' is set by parameters\.wind .* and by curriculum\.wind",
        ),
        (
            {"curriculum": {"a": {"lessons": [{"value": 1, "also": {"a": 2}}]}}},
            r"curriculum\.a names it in also",
        ),
        (
            {
                "curriculum": {
                    "a": {"lessons": [{"value": 1, "also": {"c": 2}}]},
                    "b": {"lessons": [{"value": 1, "also": {"c": 2}}]},
                }
            },
            r"'c' is set by curriculum\.a .* and by curriculum\.b",
        ),
        (
            {"curriculum": {"a": {"lessons": [{"value": 1, "fall_back": 0.5}]}}},
            "the first lesson has none before it",
        ),
        (
            {"curriculum": {"a": {"lessons": [{"value": 1}, {"value": 2}]}}},
            "lesson 1 needs go_on",
        ),
        (
            {
                "curriculum": {
                    "a": {
                        "lessons": [
                            {"value": 1, "go_on": go_on(0.5)},
                            {"value": 2, "go_on": go_on(0.5), "fall_back": 0.5},
                            {"value": 3},
                        ]
                    }
                }
            },
            r"fall_back of lesson 2 must be below its threshold, 0\.5; found 0\.5",
        ),
        (
            {
                "curriculum": {
                    "a": {
                        "lessons": [
                            {"value": 1, "go_on": go_on(0.5, measure="progress")},
                            {"value": 2, "fall_back": 0.5},
                        ]
                    }
                }
            },
            "lesson 2 cannot fall back: its measure, progress, never drops",
        ),
        (
            {"curriculum": {"a": {"lessons": [THREE[0], {**THREE[1], "name": "easy"}, THREE[2]]}}},
            "two lessons have the name 'easy'",
        ),
        (
            {"curriculum": {"a": {"lessons": [{**THREE[0], "name": "2"}, THREE[2]]}}},
            "lesson 1 has the number of another as its name",
        ),
    ],
)
def test_settings_that_could_never_work(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _config(**settings)
