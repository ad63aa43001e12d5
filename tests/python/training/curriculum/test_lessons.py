"""The lessons of one parameter, without any environment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.config.samplers import Uniform
from rl_training.errors import ConfigError
from rl_training.training.curriculum.wording import found, line, status
from tests.python.training.curriculum.lesson_play import (
    FEW,
    THREE,
    ended,
    go_on,
    kept,
    lessons_of,
    play,
)


def test_lessons_begin_one_after_the_other() -> None:
    lessons = lessons_of()
    assert lessons.values() == {"difficulty": 0.1}
    assert play(lessons, [1] * (FEW - 1)) == []
    (move,) = play(lessons, [1])
    assert (move.before, move.now, move.why) == (1, 2, "learned")
    assert lessons.values() == {"difficulty": 0.5}
    # The episode under way began in the lesson before: it does not count, a lost one neither.
    assert play(lessons, [0] + [1] * (FEW - 1)) == []
    assert len(play(lessons, [1])) == 1
    assert lessons.values() == {"difficulty": Uniform(low=0.5, high=1.0)}
    assert lessons.is_last
    assert play(lessons, [1] * 100) == []


def test_the_mean_is_over_the_last_episodes() -> None:
    lessons = lessons_of()
    assert play(lessons, [0] * 50 + [1] * 6) == []
    assert lessons.counts.current() == 0.6
    assert len(play(lessons, [1])) == 1


def test_the_threshold_counts_as_reached() -> None:
    assert len(play(lessons_of(), [1] * 7 + [0] * 3)) == 1
    assert play(lessons_of(), [1] * 6 + [0] * 4) == []


def test_below_is_for_what_is_better_when_it_is_lower() -> None:
    settings = [
        {"value": 0, "go_on": go_on(2.0, measure="collisions", below=True)},
        {"value": 1},
    ]
    lessons = lessons_of(settings)
    for number in range(FEW):
        lessons.end("", 0, ended(collisions=4.0 if number < 6 else 0.0))
    assert lessons.look(0.0) is None
    assert found(lessons) == "collisions 2.40 of at most 2.00 over 10 episodes (needs 10)"
    for _ in range(2):
        lessons.end("", 0, ended(collisions=0.0))
    assert lessons.look(0.0) is not None


def test_an_episode_counts_when_all_have_ended_that_began_before_it() -> None:
    """Two agents succeed at once; the third one's failure, which began with theirs, comes late."""
    lessons = lessons_of(agents=3)
    assert play(lessons, [1] * 20, agent=0) == []
    assert play(lessons, [1] * 20, agent=1) == []
    assert lessons.counts.ended == 2
    assert line(lessons).endswith("(needs 10); 38 more wait for longer ones that began before")
    assert len(play(lessons, [0], agent=2)) == 1


def test_quick_successes_do_not_pass_a_lesson_before_slow_failures_end() -> None:
    """Half of all episodes fail, after 60 decisions; a success takes 10. The threshold is 0.7.

    The first hundred episodes of 256 agents that end are all successes.
    """
    random = np.random.default_rng(0)
    rule = go_on(0.7, min_episodes=100)
    lessons = lessons_of([{"value": 0, "go_on": rule}, {"value": 1}], agents=256)
    wins = random.random(256) < 0.5
    left = np.where(wins, 10, 60)
    for decision in range(600):
        left -= 1
        for agent in np.flatnonzero(left == 0).tolist():
            lessons.end("", agent, ended(float(wins[agent])))
            wins[agent] = random.random() < 0.5
            left[agent] = 10 if wins[agent] else 60
        if decision % 16 == 15:
            assert lessons.look(0.0) is None, f"passed after {decision} decisions"


def test_an_episode_that_never_ends_is_not_waited_for_for_ever() -> None:
    lessons = lessons_of(agents=2)
    # The first one does not wait for it.
    assert play(lessons, [1] * 10 * FEW, agent=0) == []
    assert lessons.counts.ended == 1
    assert len(play(lessons, [1] * 2, agent=0)) == 1


def test_an_agent_that_left_is_not_waited_for() -> None:
    lessons = lessons_of(agents=2)
    assert play(lessons, [1] * FEW) == []
    lessons.seats.forget_absent("", [{}, {"absent": "it left"}])
    assert len(play(lessons, [1])) == 1
    # One that comes back plays an episode of which nobody knows when it began; then it counts.
    lessons.end("", 1, ended(1))
    assert lessons.counts.ended == 0


def test_agents_of_a_policy_that_learns_no_more_are_not_waited_for() -> None:
    lessons = lessons_of(policies=["runner", "chaser"])
    lessons.close("chaser")
    for _ in range(FEW):
        lessons.end("runner", 0, ended(1))
    assert lessons.look(0.0) is not None
    assert lessons.seats.agents == 1


def test_an_episode_that_an_engine_cut_off_does_not_count() -> None:
    lessons = lessons_of()
    lessons.end("", 0, {**ended(1), "engine_restart": 1})
    assert lessons.counts.ended == 0


def test_smoothing_keeps_a_share_of_the_last_look() -> None:
    settings = [{"value": 0, "go_on": go_on(0.9, min_episodes=20, smoothing=0.5)}, {"value": 1}]
    lessons = lessons_of(settings)
    play(lessons, [0, 1] * 10)
    assert lessons.counts.measure == 0.5
    play(lessons, [1])
    assert lessons.counts.measure == 0.5  # a look each time a tenth of min_episodes has ended
    play(lessons, [1])
    assert lessons.counts.measure == 0.5 * 0.5 + 0.5 * 0.55


FALLING: list[dict[str, Any]] = [
    {"value": 0, "go_on": go_on()},
    {"value": 1, "go_on": go_on(), "fall_back": 0.3},
    {"value": 2, "fall_back": 0.2},
]


def test_falling_back_and_going_on_again() -> None:
    lessons = lessons_of(FALLING)
    play(lessons, [1] * FEW)
    assert play(lessons, [0] * FEW) == []  # ten, of which the first began in the lesson before
    (move,) = play(lessons, [0])
    assert (move.before, move.now, move.why) == (2, 1, "fell back")
    # No flapping: lesson 1 was learned before, and still wants its episodes again.
    assert lessons.counts.ended == 0
    assert play(lessons, [1] * FEW) == []
    assert len(play(lessons, [1])) == 1
    # At `fall_back` itself it stays.
    assert play(lessons, [0] + [1] * 3 + [0] * 7) == []


def test_the_last_lesson_is_measured_as_the_one_before() -> None:
    lessons = lessons_of(FALLING)
    lessons.choose(3)
    assert play(lessons, [1] * 3 + [0] * 8) == []
    assert lessons.counts.current() == 0.2
    assert [move.now for move in play(lessons, [0])] == [2]


def test_falling_back_from_high_values_with_below() -> None:
    rule = go_on(2.0, measure="collisions", below=True)
    lessons = lessons_of([{"value": 0, "go_on": rule}, {"value": 1, "fall_back": 5.0}])
    lessons.choose(2)
    for _ in range(FEW + 1):
        lessons.end("", 0, ended(collisions=6.0))
    move = lessons.look(0.0)
    assert move is not None
    assert move.now == 1


def test_progress_needs_episodes_as_well() -> None:
    lessons = lessons_of([{"value": 0, "go_on": go_on(0.5, measure="progress")}, {"value": 1}])
    assert lessons.look(0.9) is None
    assert play(lessons, [0] * FEW, progress=0.4) == []
    assert found(lessons) == "progress 0.40 of 0.50 after 10 episodes (needs 10)"
    assert len(play(lessons, [0], progress=0.5)) == 1


def test_what_the_run_logs() -> None:
    rule = go_on(0.8, measure="eval/success_rate", smoothing=0.5)
    lessons = lessons_of([{"value": 0, "go_on": rule}, {"value": 1, "go_on": rule}, {"value": 2}])
    play(lessons, [1] * FEW)
    assert found(lessons) == (
        "nothing was logged as eval/success_rate in this lesson, after 10 episodes (needs 10)"
    )
    lessons.log("eval/mean_reward", 9.0)
    lessons.log("eval/success_rate", 0.7)
    assert lessons.look(0.0) is None
    lessons.log("eval/success_rate", 0.9)
    assert lessons.look(0.0) is not None
    # What was logged in the lesson before says nothing about this one.
    play(lessons, [1] * 2 * FEW)
    assert lessons.counts.current() is None


def test_one_policy_of_several_is_measured() -> None:
    rule = go_on(measure="runner/success_rate")
    lessons = lessons_of([{"value": 0, "go_on": rule}, {"value": 1}], policies=["runner", "chaser"])
    for _ in range(FEW):
        lessons.end("chaser", 0, ended(0))
    assert lessons.counts.ended == 0
    for _ in range(FEW):
        lessons.end("runner", 0, ended(1))
    assert lessons.look(0.0) is not None


def test_all_policies_are_measured_together() -> None:
    lessons = lessons_of(policies=["runner", "chaser"])
    for _ in range(FEW):
        lessons.end("runner", 0, ended(1))
        lessons.end("chaser", 0, ended(0))
    assert lessons.look(0.0) is None
    assert lessons.counts.current() == 0.5


def test_further_parameters_are_the_scenes_where_a_lesson_does_not_name_them() -> None:
    settings = [
        {"value": 0, "also": {"boxes": 1}, "go_on": go_on()},
        {"value": 1, "also": {"wind": "uniform(0, 1)"}, "go_on": go_on()},
        {"value": 2},
    ]
    lessons = lessons_of(settings)
    assert lessons.values() == {"difficulty": 0.0, "boxes": 1.0, "wind": None}
    lessons.choose(2)
    assert lessons.values() == {"difficulty": 1.0, "boxes": None, "wind": Uniform(low=0, high=1)}
    lessons.choose(3)
    assert lessons.values() == {"difficulty": 2.0, "boxes": None, "wind": None}


@pytest.mark.parametrize("wanted", [3, 3.0, "3", "hard"])
def test_a_lesson_is_chosen_by_number_or_name(wanted: object) -> None:
    lessons = lessons_of()
    lessons.choose(wanted)
    assert lessons.index == 2


@pytest.mark.parametrize("wanted", [0, 4, -1, 1.5, True, None, "", "hart", [1]])
def test_a_lesson_that_there_is_not(wanted: object) -> None:
    with pytest.raises(ConfigError, match=r"no lesson .* There are 1 to 3: easy, middle, hard"):
        lessons_of().choose(wanted)


def test_the_line_says_why_it_has_not_advanced() -> None:
    lessons = lessons_of()
    assert line(lessons) == (
        "difficulty: lesson 1 of 3 'easy' has not advanced: success_rate is not known yet, after "
        "0 episodes (needs 10)"
    )
    play(lessons, [1] * 6 + [0] * 4)
    assert line(lessons) == (
        "difficulty: lesson 1 of 3 'easy' has not advanced: success_rate 0.60 of 0.70 over 10 "
        "episodes (needs 10)"
    )


def test_the_line_shows_a_near_miss_as_one() -> None:
    lessons = lessons_of([{"value": 0, "go_on": go_on(0.6666)}, {"value": 1}])
    play(lessons, [1, 1, 0])
    assert found(lessons) == "success_rate 0.6667 of 0.6666 over 3 episodes (needs 10)"


def test_the_line_names_what_the_scene_tells() -> None:
    lessons = lessons_of([{"value": 0, "go_on": go_on(measure="colisions")}, {"value": 1}])
    lessons.end("", 0, ended(collisions=1.0))
    assert found(lessons) == (
        "no episode tells colisions, after 1 episode (needs 10). Did you mean 'collisions'? The "
        "scene tells mean_reward, mean_length, collisions"
    )


def test_the_status() -> None:
    lessons = lessons_of()
    play(lessons, [1, 0])
    assert status(lessons) == {
        "lesson": 1,
        "of": 3,
        "name": "easy",
        "measure": "success_rate",
        "value": 0.5,
        "threshold": 0.7,
        "episodes": 2,
        "min_episodes": 10,
        "line": line(lessons),
    }
    lessons.choose("hard")
    assert status(lessons)["threshold"] is None
    assert line(lessons).startswith("difficulty: lesson 3 of 3 'hard', the last: ")


WINS = [1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize("cut", range(0, len(WINS), 3))
def test_a_resumed_run_goes_on_to_the_bit(cut: int) -> None:
    settings = [
        {"value": 0, "go_on": go_on(0.71, min_episodes=7, smoothing=0.3)},
        {"value": 1, "go_on": go_on(0.8, min_episodes=7, smoothing=0.3), "fall_back": 0.4},
        {"value": 2},
    ]
    whole = lessons_of(settings)
    play(whole, WINS[:cut])
    resumed = lessons_of(settings)
    assert resumed.restore(kept(whole.state())) == ""
    # A resumed run begins all episodes anew: none is of the lesson before.
    whole.open("", 1)
    for win in WINS[cut:]:
        assert play(whole, [win]) == play(resumed, [win])
        assert whole.state() == resumed.state()


@pytest.mark.parametrize(
    ("change", "lesson", "ended_before", "told"),
    [
        (lambda given: given, 2, 5, ""),
        (lambda given: given[1:], 1, 5, "it goes on with its counts"),
        (lambda given: [{"value": 0, "go_on": go_on()}, *given], 3, 5, "it goes on with its"),
        (lambda given: given[:1] + given[2:], 2, 0, "it was changed, so its counts begin anew"),
        (lambda given: given[2:], 1, 0, "it was changed, so its counts begin anew"),
        (
            lambda given: [given[0], {**given[1], "value": 0.6}, given[2]],
            2,
            0,
            "it was changed, so its counts begin anew",
        ),
        (
            lambda given: [given[0], {**given[1], "go_on": go_on(0.9)}, given[2]],
            2,
            0,
            "it was changed, so its counts begin anew",
        ),
        (lambda given: [{**given[0], "value": 0.2}, *given[1:]], 2, 5, ""),
    ],
)
def test_lessons_that_were_changed_before_a_resume(
    change: Any, lesson: int, ended_before: int, told: str
) -> None:
    lessons = lessons_of()
    lessons.choose("middle")
    play(lessons, [1, 1, 0, 0, 1, 0])
    resumed = lessons_of(change(THREE))
    said = resumed.restore(kept(lessons.state()))
    assert said.startswith(told)
    assert bool(said) == bool(told)
    assert resumed.index + 1 == lesson
    assert resumed.counts.ended == ended_before
