"""`curriculum:` and `levels:`: shapes, checks, one source for each parameter."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from rl_training.config import TrainConfig
from rl_training.config.layers import Layer, Resolved, resolve, set_layer
from rl_training.config.samplers import Uniform
from rl_training.config.schema import PATH
from rl_training.errors import ConfigError

LESSONS: list[dict[str, Any]] = [
    {"value": 0.1, "go_on": {"threshold": 0.7}},
    {
        "name": "windy",
        "value": "uniform(0.1, 0.5)",
        "also": {"wind": 1, "fog": "choice(0, 1)"},
        "go_on": {"measure": "falls", "threshold": 0.1, "below": True, "min_episodes": 20},
        "fall_back": 0.4,
    },
    {"value": {"sampler": "uniform", "low": 0, "high": 1}, "also": {"wind": 2}},
]


def _of(*lessons: dict[str, Any]) -> dict[str, Any]:
    return {"curriculum": {"difficulty": {"lessons": list(lessons)}}}


def _schema_takes(data: dict[str, Any]) -> bool:
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    return bool(jsonschema.Draft202012Validator(schema).is_valid(data))


def test_lessons_keep_what_they_say() -> None:
    config = TrainConfig.from_dict(_of(*LESSONS))
    curriculum = dict(config.curriculum.items())["difficulty"]
    first, second, last = curriculum.lessons
    assert (first.value, first.go_on.measure, first.go_on.min_episodes) == (
        *(0.1, "success_rate", 100),
    )
    assert second.value == Uniform(low=0.1, high=0.5)
    assert (second.name, second.fall_back, second.go_on.below) == ("windy", 0.4, True)
    assert (last.value, last.go_on) == (Uniform(low=0.0, high=1.0), None)
    assert curriculum.also == ("wind", "fog")
    assert TrainConfig.from_dict(config.to_dict()) == config
    assert _schema_takes(_of(*LESSONS))
    assert TrainConfig().curriculum.names == ()


@pytest.mark.parametrize(
    ("lessons", "told"),
    [
        ([], r"curriculum\.difficulty\.lessons .*at least 1"),
        ([{}], r"lessons\.0\.value must be given"),
        ([{"value": "hard"}], r"lessons\.0\.value must be a number or a sampler.*found 'hard'"),
        ([{"value": "schedule(0, 1)"}], r"lessons\.0\.value must be .*schedules are for a run's"),
        ([{"value": 1, "also": {"wind": "x"}}], r"lessons\.0\.also\.wind must be a number or a"),
        ([{"value": 1}, {"value": 2}], r"difficulty: lesson 1 needs go_on: another lesson comes"),
        ([{"value": 1, "fall_back": 0.1}], r"the first lesson has none before it to fall back to"),
        ([{"value": 1, "go_on": {}}], r"lessons\.0\.go_on\.threshold must be given"),
        ([{"value": 1, "go_on": {"treshold": 1}}], r"unknown setting 'treshold'.*'threshold'"),
        ([{"value": 1, "go_on": {"threshold": 1, "smoothing": 1}}], r"smoothing must be less than"),
        ([{"value": 1, "go_on": {"threshold": 1, "min_episodes": 0}}], r"min_episodes must be at"),
    ],
)
def test_lessons_that_cannot_be(lessons: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainConfig.from_dict(_of(*lessons))


def test_the_schema_refuses_lessons_without_their_value() -> None:
    assert not _schema_takes(_of({}))
    assert not _schema_takes(_of({"value": 1, "go_on": {}}))
    assert not _schema_takes({"curriculum": {"difficulty": {}}})
    assert not _schema_takes({"curriculum": {"difficulty": 3}})
    assert _schema_takes({"curriculum": {"difficulty": None}})


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("difficulty", "parameters.difficulty and by curriculum.difficulty"),
        ("wind", "parameters.wind and by curriculum.difficulty"),
    ],
)
def test_a_parameter_has_one_source(name: str, places: str) -> None:
    remedy = f"--parameter {name}=null or --set curriculum.difficulty=null"
    with pytest.raises(ConfigError) as raised:
        TrainConfig.from_dict({**_of(*LESSONS), "parameters": {name: "uniform(0, 1)"}})
    assert str(raised.value) == (
        f"the parameter '{name}' is set by {places}; take it out of one: {remedy}"
    )


def test_the_error_names_the_layer() -> None:
    one = Layer("my.yaml", {**_of(*LESSONS), "parameters": {"wind": 3}})
    with pytest.raises(
        ConfigError,
        match=r"parameters\.wind \(my\.yaml\) and by curriculum\.difficulty \(my\.yaml\); ",
    ):
        resolve([one])
    assert resolve([one, set_layer(["parameters.wind=null"])]).config.parameters.names == ()
    assert resolve([one, set_layer(["curriculum.difficulty=null"])]).config.curriculum.names == ()


THREE = _of(
    {"value": 0.1, "also": {"wind": 0, "fog": 1}, "go_on": {"threshold": 0.5}},
    {"value": 0.5, "also": {"wind": 2}, "go_on": {"threshold": 0.6}},
    {"value": 1.0, "also": {"wind": 5, "fog": 3}},
)


def _lessons(resolved: Resolved, name: str) -> list[tuple[object, dict[str, object]]]:
    found = dict(resolved.config.curriculum.items())[name]
    return [(lesson.value, dict(lesson.also)) for lesson in found.lessons]


def test_a_stronger_value_leaves_the_weaker_lessons() -> None:
    layers = [Layer("scenario maze", THREE), set_layer(["parameters.wind=3"])]
    resolved = resolve(layers)
    assert dict(resolved.config.parameters.items()) == {"wind": 3}
    assert _lessons(resolved, "difficulty") == [(0.1, {"fog": 1}), (0.5, {}), (1.0, {"fog": 3})]
    assert resolved.origins["curriculum.difficulty"] == "scenario maze without wind (--set)"


def test_lessons_go_on_with_what_they_set_beside_it() -> None:
    schedule = {"schedule": [[0, 0.0], [1000, 1.0]]}
    mine = Layer("my.yaml", {"parameters": {"difficulty": schedule}})
    resolved = resolve([Layer("scenario maze", THREE), mine])
    assert resolved.config.parameters.names == ("difficulty",)
    assert resolved.config.curriculum.names == ("wind",)
    assert _lessons(resolved, "wind") == [(0, {"fog": 1}), (2, {}), (5, {"fog": 3})]
    rules = [lesson.go_on for lesson in dict(resolved.config.curriculum.items())["wind"].lessons]
    assert [rule and rule.threshold for rule in rules] == [0.5, 0.6, None]


def test_lessons_end_when_nothing_is_left_to_them() -> None:
    both = set_layer(["parameters.difficulty=1", "parameters.wind=3"])
    resolved = resolve([Layer("scenario maze", THREE), both])
    assert resolved.config.parameters.names == ("difficulty", "wind")
    assert resolved.config.curriculum.names == ()


def test_stronger_lessons_take_the_weaker_value() -> None:
    weak = Layer("scenario maze", {"parameters": {"difficulty": 1, "wind": 3, "rain": 2}})
    resolved = resolve([weak, Layer("my.yaml", THREE)])
    assert resolved.config.parameters.names == ("rain",)
    assert resolved.config.curriculum.names == ("difficulty",)


@pytest.mark.parametrize("bad", [3, {"lessons": 3}, {"lessons": [3]}, {"lessons": []}])
def test_lessons_that_cannot_be_are_told_all_the_same(bad: object) -> None:
    weak = Layer("scenario maze", {"curriculum": {"difficulty": bad}})
    with pytest.raises(ConfigError, match=r"curriculum\.difficulty"):
        resolve([weak, set_layer(["parameters.wind=3"])])


def test_two_curricula_cannot_set_one_parameter() -> None:
    both = _of(*LESSONS)
    both["curriculum"]["wind"] = {"lessons": [{"value": 3}]}
    with pytest.raises(
        ConfigError,
        match=r"set by curriculum\.difficulty and by curriculum\.wind; take it out of one: "
        r"--set curriculum\.difficulty=null or --set curriculum\.wind=null",
    ):
        TrainConfig.from_dict(both)


def test_a_lesson_does_not_set_its_own_parameter_twice() -> None:
    with pytest.raises(ConfigError, match=r"lesson 1 of .* also sets difficulty"):
        TrainConfig.from_dict(_of({"value": 1, "also": {"difficulty": 2}}))


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ({"sampler": "best"}, "levels.sampler must be one of fresh, uniform, learnability, regret"),
        ({"count": 1}, "levels.count must be at least 2"),
        ({"share": 1.5}, "levels.share must be at most 1"),
        ({"temperature": 0}, "levels.temperature must be greater than 0"),
        ({"seed": 2**31}, "levels.seed must be at most 2147483647"),
    ],
)
def test_levels_that_cannot_be(levels: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainConfig.from_dict({"levels": levels})
    assert not _schema_takes({"levels": levels})
