"""Runs with a curriculum, on an environment without an engine."""

from __future__ import annotations

import json
import logging
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.checkpoint import read_callbacks
from rl_training.errors import ConfigError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.training.pipeline import train
from tests.python.tiny_env import tiny_vec_env
from tests.python.training.curriculum.lesson_play import go_on
from tests.python.training.curriculum.parameter_world import Worlds, run_config

EASY: list[dict[str, Any]] = [
    {"name": "easy", "value": 0.1, "go_on": go_on(min_episodes=12)},
    {"name": "middle", "value": 0.4, "also": {"wind": 2.0}, "go_on": go_on(min_episodes=12)},
    {"name": "hard", "value": 0.9, "go_on": go_on(min_episodes=12)},
    {"name": "too hard", "value": 2.0},
]
CURRICULUM = {"curriculum": {"difficulty": {"lessons": EASY}}}


def test_lessons_go_on_and_stop_where_the_policy_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    worlds = Worlds()
    result = train(run_config(tmp_path, **CURRICULUM), worlds)
    # The first 16 decisions hold 5 + 4 + 3 + 2 ends; later rollouts lack those that began before.
    assert worlds.last.told == [
        (0, {"difficulty": 0.1}),
        (16, {"difficulty": 0.4, "wind": 2.0}),
        (48, {"difficulty": 0.9, "wind": None}),
    ]
    lines = [m for m in (record.message for record in caplog.records) if "difficulty" in m]
    assert lines[:3] == [
        "difficulty: lesson 1 of 4 'easy' begins, sets difficulty = 0.1, wind = the scene's "
        "default",
        "difficulty: lesson 2 of 4 'middle' begins at 64 steps, sets difficulty = 0.4, wind = 2 "
        "(success_rate 1.00 of 0.70 over 12 episodes)",
        "difficulty: lesson 3 of 4 'hard' begins at 192 steps, sets difficulty = 0.9, wind = the "
        "scene's default (success_rate 1.00 of 0.70 over 12 episodes)",
    ]
    stuck = (
        "difficulty: lesson 3 of 4 'hard' has not advanced: success_rate 0.00 of 0.70 over 12 "
        "episodes (needs 12)"
    )
    assert stuck in result.summary()
    status = read_status(RunPaths("lessons", tmp_path).status)
    assert status is not None
    told = status.curriculum["difficulty"]
    assert told | {"episodes": 0} == {
        "lesson": 3,
        "of": 4,
        "name": "hard",
        "measure": "success_rate",
        "value": 0.0,
        "threshold": 0.7,
        "episodes": 0,
        "min_episodes": 12,
        "line": stuck,
    }
    rows = read_metrics(RunPaths("lessons", tmp_path).metrics)
    lessons = [row["curriculum/difficulty/lesson"] for row in rows]
    assert lessons == [1.0, 2.0, 2.0] + [3.0] * 7
    assert [row["curriculum/difficulty/measure"] for row in rows][:4] == [1.0, 1.0, 1.0, 0.0]
    assert rows[0]["curriculum/difficulty/episodes"] == 14.0
    assert rows[-1]["curriculum/difficulty/threshold"] == 0.7


def test_only_episodes_that_began_in_a_lesson_count(tmp_path: Path) -> None:
    lessons = [
        {"value": 0.1, "go_on": go_on(0.0, measure="met", min_episodes=8)},
        {"value": 0.3, "go_on": go_on(0.31, measure="met", min_episodes=200)},
        {"value": 1.0},
    ]
    train(run_config(tmp_path, curriculum={"difficulty": {"lessons": lessons}}), Worlds())
    final = RunPaths("lessons", tmp_path).final_model
    state = read_callbacks(final)["curriculum"]["difficulty"]
    assert state["lesson"] == 2
    assert set(state["values"]) == {0.3}
    assert len(state["values"]) > 100


def test_a_resumed_run_goes_on_in_its_lesson(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worlds = Worlds()
    short = {"training": {"timesteps": 320}, **CURRICULUM}
    train(run_config(tmp_path, **short), worlds)
    before = read_callbacks(RunPaths("lessons", tmp_path).final_model)["curriculum"]
    assert before["difficulty"]["lesson"] == 3
    caplog.set_level(logging.INFO)
    again = {"training": {"timesteps": 640, "resume": True}, **CURRICULUM}
    train(run_config(tmp_path, **again), worlds)
    # Before the first reset it is told what its lesson sets: no episode is of another one.
    assert worlds.last.told == [(0, {"difficulty": 0.1}), (0, {"difficulty": 0.9})]
    assert worlds.last.resets == 1
    assert "difficulty: going on in lesson 3 of 4 'hard': success_rate 0.00 of 0.70" in caplog.text
    after = read_callbacks(RunPaths("lessons", tmp_path).final_model)["curriculum"]["difficulty"]
    ended = after["ended"] - before["difficulty"]["ended"]
    # 80 decisions of four agents, whose episodes last 3 to 6.
    assert ended == 80 // 3 + 80 // 4 + 80 // 5 + 80 // 6


def test_a_schedule_follows_the_timesteps(tmp_path: Path) -> None:
    worlds = Worlds()
    wind = {"schedule": [[64, 0.0], [192, 1.0], [300, "uniform(0, 1)"]]}
    train(run_config(tmp_path, parameters={"wind": wind, "fog": 3}), worlds)
    told = [(at * 4, {k: str(v) for k, v in values.items()}) for at, values in worlds.last.told]
    assert told == [
        (0, {"wind": "0.0", "fog": "3.0"}),
        (128, {"wind": "0.5"}),
        (192, {"wind": "1.0"}),
        (320, {"wind": "uniform(0, 1)"}),
    ]


def test_a_learner_with_a_replay_buffer_is_told_seldom(tmp_path: Path) -> None:
    """Its rollouts are one decision long; a schedule of numbers changes with each."""
    worlds = Worlds()
    config = run_config(
        tmp_path,
        algorithm={"name": "sac", "learning_starts": 32, "batch_size": 16},
        parameters={"fog": {"schedule": [[0, 0.0], [640, 1.0]]}},
        **CURRICULUM,
    )
    train(config, worlds)
    at = [decision for decision, _ in worlds.last.told]
    assert at == sorted(set(at))
    assert all(after - before >= 16 for before, after in pairwise(at))
    assert worlds.last.told[-1][1]["fog"] == pytest.approx(0.9, abs=0.11)
    rows = read_metrics(RunPaths("lessons", tmp_path).metrics)
    assert rows[-1]["curriculum/difficulty/lesson"] == 3.0


def test_a_number_that_the_run_logs(tmp_path: Path) -> None:
    lessons = [
        {"value": 0.1, "go_on": go_on(4.0, measure="rollout/ep_len_mean", min_episodes=1)},
        {"value": 1.0},
    ]
    worlds = Worlds()
    train(run_config(tmp_path, curriculum={"difficulty": {"lessons": lessons}}), worlds)
    # Logged after the second rollout's beginning at the latest.
    assert worlds.last.told[1][1] == {"difficulty": 1.0}
    rows = read_metrics(RunPaths("lessons", tmp_path).metrics)
    assert rows[-1]["curriculum/difficulty/lesson"] == 2.0


def test_a_run_without_a_curriculum_has_none_of_it(tmp_path: Path) -> None:
    worlds = Worlds()
    train(run_config(tmp_path, parameters={"wind": 1.5}), worlds)
    assert worlds.last.told == [(0, {"wind": 1.5})]
    paths = RunPaths("lessons", tmp_path)
    assert "curriculum" not in read_callbacks(paths.final_model)
    assert json.loads(paths.status.read_text())["curriculum"] == {}
    assert not any("curriculum" in tag for row in read_metrics(paths.metrics) for tag in row)


def test_an_environment_that_takes_no_parameters(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this environment takes none"):
        train(run_config(tmp_path, **CURRICULUM), lambda *_: tiny_vec_env())


def test_a_lesson_sets_the_learner_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lessons = [dict(each) for each in EASY]
    lessons[0]["learner"] = {"learning_rate": 0.002, "ent_coef": 0.02}
    lessons[1]["learner"] = {"learning_rate": 0.001}
    given = run_config(tmp_path, curriculum={"difficulty": {"lessons": lessons}})
    train(given, Worlds())
    lines = [m for m in caplog.messages if m.startswith("the lesson sets ")]
    assert [line.rpartition(" -> ")[2] for line in lines] == ["0.002", "0.02", "0.001"]
    rows = read_metrics(RunPaths("lessons", tmp_path).metrics)
    rates = [row["train/learning_rate"] for row in rows if "train/learning_rate" in row]
    assert rates[0] == 0.002
    # The third lesson names none: the second one's holds.
    assert rates[-1] == 0.001


@pytest.mark.parametrize(
    ("learner", "problem"),
    [
        ({"gamma": 0.9}, r"lesson 1: 'gamma' cannot change in mid-run"),
        ({"learning_rate": 5.0}, r"learning_rate must be a number greater than 0 and at most 1"),
    ],
)
def test_what_a_lesson_may_not_set_is_refused_before_learning(
    tmp_path: Path, learner: dict[str, float], problem: str
) -> None:
    lessons = [{**EASY[0], "learner": learner}, EASY[3]]
    given = run_config(tmp_path, curriculum={"difficulty": {"lessons": lessons}})
    with pytest.raises(ConfigError, match=problem):
        train(given, Worlds())
