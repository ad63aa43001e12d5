"""Samplers and schedules as values: their forms, their checks, what a schedule says at a step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rl_training.config import TrainConfig
from rl_training.config.files import read_settings, write_yaml
from rl_training.config.samplers import (
    Choice,
    Gaussian,
    LogUniform,
    MultirangeUniform,
    Sampler,
    Uniform,
    read_value,
    specification,
    value_text,
)
from rl_training.config.schedules import Schedule, read_scheduled
from rl_training.config.schema import PATH
from rl_training.errors import ConfigError

VALUES: list[tuple[Any, str, Any]] = [
    (0.5, "0.5", 0.5),
    (3, "3", 3.0),
    (-1e-7, "-1e-07", -1e-7),
    ({"sampler": "constant", "value": 3}, "3", 3.0),
    ("constant(2)", "2", 2.0),
    ({"sampler": "uniform", "low": 0, "high": 1}, "uniform(0, 1)", Uniform(low=0, high=1)),
    ("uniform(-1,.5)", "uniform(-1, 0.5)", Uniform(low=-1, high=0.5)),
    ("uniform(2, 2)", "uniform(2, 2)", Uniform(low=2, high=2)),
    (
        {"sampler": "log_uniform", "low": 1e-3, "high": 10},
        "log_uniform(0.001, 10)",
        LogUniform(low=1e-3, high=10),
    ),
    (" gaussian( 1e3 , 0 ) ", "gaussian(1000, 0)", Gaussian(mean=1000, deviation=0)),
    ({"sampler": "choice", "values": [1, 2, 2]}, "choice(1, 2, 2)", Choice(values=(1, 2, 2))),
    (
        {"sampler": "multirange_uniform", "ranges": [[0, 1], [4, 5]]},
        "multirange_uniform(0, 1, 4, 5)",
        MultirangeUniform(ranges=((0, 1), (4, 5))),
    ),
]
SCHEDULES: list[tuple[Any, str]] = [
    ({"schedule": [[0, 1], [10, 2.5]]}, "schedule(0, 1, 10, 2.5)"),
    ("schedule(5, 1, 10, choice(1, 2))", "schedule(5, 1, 10, choice(1, 2))"),
    (
        {"schedule": [[0, "uniform(0, 1)"], [9, {"sampler": "choice", "values": [1]}]]},
        "schedule(0, uniform(0, 1), 9, choice(1))",
    ),
]
WRONG: list[tuple[Any, str]] = [
    ("hard", r"must be a number or a sampler, for example 0\.5, uniform\(0, 1\).*; found 'hard'"),
    ("", "must be a number or a sampler"),
    (True, "must be a number or a sampler.*; found True"),
    (None, "must be a number or a sampler.*; found None"),
    ([1, 2], r"must be a number or a sampler.*; found \[1, 2\]"),
    ({}, r"must be a number or a sampler.*; found \{\}"),
    ({"low": 0, "high": 1}, "must be a number or a sampler"),
    (float("nan"), "must be a finite number; found nan"),
    ("1e999", "must be a finite number"),
    ("1_000", "must be a number or a sampler"),
    ("uniform(0", r"must be a number or a sampler.* so put it in quotes"),
    ("unifrom(0, 1)", r"no sampler 'unifrom'\. Did you mean 'uniform'\? Known: constant, uniform"),
    ("uniform()", r"must be a number or a sampler"),
    ("uniform(1)", r"must be uniform\(low, high\); found 'uniform\(1\)'"),
    ("uniform(0, 1, 2)", r"must be uniform\(low, high\)"),
    ("uniform(0, one)", r"must be a number or a sampler"),
    ("constant(1, 2)", r"must be constant\(value\)"),
    ("uniform(2, 1)", "uniform: low must be at most high; found 2, 1"),
    ("uniform(-1e308, 1e308)", "uniform: the range from -1e.308 to 1e.308 is too long"),
    ("log_uniform(0, 1)", r"log_uniform: low must be greater than 0; found 0\.0"),
    ("gaussian(0, -1)", "gaussian: deviation must be at least 0"),
    ("multirange_uniform(0, 1, 2)", "must give a least and a largest value of each range"),
    ("multirange_uniform(1, 0)", "multirange_uniform: low must be at most high"),
    ({"sampler": "choice", "values": []}, "choice: values "),
    ({"sampler": "choice", "values": [1] * 1001}, "choice: values "),
    ({"sampler": "choice", "values": ["1"]}, r"choice: values\.0 must be a number; found '1'"),
    ({"sampler": "choice", "value": [1]}, "choice: unknown setting 'value'.* 'values'"),
    ({"sampler": "uniform", "low": 0}, "uniform: high must be given"),
    ({"sampler": "uniform", "low": 0, "high": 1, "mean": 3}, "uniform: unknown setting 'mean'"),
    ({"sampler": "uniform", "low": True, "high": 1}, "uniform: low must be a number; found True"),
    ({"sampler": 3}, "no sampler '3'"),
]
WRONG_SCHEDULES: list[tuple[Any, str]] = [
    ({"schedule": []}, "schedule "),
    ({"schedule": [[10, 1], [5, 2]]}, r"the timesteps of a schedule must rise; found \[10, 5\]"),
    ({"schedule": [[0, 1], [0, 2]]}, r"must rise; found \[0, 0\]"),
    ({"schedule": [[-1, 1]]}, r"schedule\.0\.0 must be at least 0; found -1"),
    ({"schedule": [[0.5, 1]]}, r"schedule\.0\.0 must be a whole number; found 0\.5"),
    ({"schedule": [[0, "hard"]]}, r"schedule\.0\.1 must be a number or a sampler.*found 'hard'"),
    ({"schedule": [[0]]}, r"schedule\.0\.1 must be given"),
    ({"schedule": 3}, r"schedule must be a list; found 3"),
    ({"schedule": [[0, 1]], "until": 3}, r"unknown setting 'until'"),
    ("schedule(0, 1, 10)", r"must be schedule\(timestep, value, timestep, value, \.\.\.\)"),
    ("schedule(uniform(0, 1), 1)", r"must be schedule\(timestep, value"),
    ("schedule()", r"must be schedule\(timestep, value"),
]


def _schema_takes(value: Any) -> bool:
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    return bool(jsonschema.Draft202012Validator(schema).is_valid({"parameters": {"wind": value}}))


@pytest.mark.parametrize(("given", "text", "value"), VALUES)
def test_a_value_in_all_its_forms(given: Any, text: str, value: float | Sampler) -> None:
    read = read_value(given)
    assert read == value
    assert type(read) is type(value)
    assert value_text(read) == text
    assert read_value(text) == value
    assert read_value(value) == value
    kept = specification(read)
    assert read_value(kept) == value
    assert isinstance(kept, str) == isinstance(value, Sampler)
    assert _schema_takes(given)
    assert _schema_takes(text)


@pytest.mark.parametrize(("given", "text"), SCHEDULES)
def test_a_schedule_in_all_its_forms(given: Any, text: str) -> None:
    read = read_scheduled(given)
    assert isinstance(read, Schedule)
    assert str(read) == text
    assert read_scheduled(text) == read
    assert read_scheduled(read) is read
    assert _schema_takes(given)
    assert _schema_takes(text)
    with pytest.raises(ConfigError, match=r"\.wind must be .*schedules are for a run's"):
        TrainConfig.from_dict({"evaluation": {"parameters": {"wind": given}}})


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_what_is_no_value(given: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_value(given)
    with pytest.raises(ConfigError, match=rf"parameters\.wind:? {told}"):
        TrainConfig.from_dict({"parameters": {"wind": given}})


@pytest.mark.parametrize(("given", "told"), WRONG_SCHEDULES)
def test_what_is_no_schedule(given: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainConfig.from_dict({"parameters": {"wind": given}})


@pytest.mark.parametrize(
    "value",
    [
        *("hard", "", "uniform(0", True, {}, {"low": 0, "high": 1}, [1, 2], {"schedule": []}),
        *({"sampler": "uniform", "low": 0}, {"sampler": "unifrom", "low": 0, "high": 1}),
        {"sampler": "uniform", "low": 0, "high": 1, "mean": 3},
        *({"sampler": "choice", "values": []}, {"schedule": [[0]]}, {"schedule": [[0, "hard"]]}),
    ],
)
def test_the_schema_refuses_it_too(value: Any) -> None:
    assert not _schema_takes(value)


def test_what_a_schedule_says_at_a_step() -> None:
    drawn = Uniform(low=0, high=1)
    schedule = Schedule.from_dict(
        {"schedule": [[100, 1.0], [200, 3], [300, "uniform(0, 1)"], [400, 0], [500, 8]]}
    )
    said = {at: schedule.at(at) for at in (0, 100, 150, 200, 299, 300, 399, 400, 450, 500, 10**9)}
    assert said == {
        **{0: 1.0, 100: 1.0, 150: 2.0, 200: 3.0, 299: 3.0},
        **{300: drawn, 399: drawn, 400: 0.0, 450: 4.0, 500: 8.0, 10**9: 8.0},
    }
    assert (schedule.first, schedule.final) == (1.0, 8.0)
    alone = Schedule.from_dict({"schedule": [[7, 2]]})
    assert [alone.at(0), alone.at(7), alone.at(8)] == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_configuration_reads_back_equal_from_a_file(suffix: str, tmp_path: Path) -> None:
    named = {f"v{i}": given for i, (given, *_) in enumerate(VALUES)}
    scheduled = {f"s{i}": given for i, (given, _) in enumerate(SCHEDULES)}
    lessons = [{"value": v, "also": named, "go_on": {"threshold": 1}} for v in named.values()]
    config = TrainConfig.from_dict(
        {
            "parameters": {f"p_{name}": value for name, value in {**named, **scheduled}.items()},
            "curriculum": {"wind": {"lessons": [*lessons, {"value": 1}]}},
            "evaluation": {"parameters": named},
            "levels": {"sampler": "regret", "temperature": 1},
        }
    )
    file = tmp_path / f"config.{suffix}"
    saved = config.public_dict()
    file.write_text(write_yaml(saved) if suffix == "yaml" else json.dumps(saved), "utf-8")
    assert TrainConfig.from_dict(read_settings(file)) == config
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(saved)
    # Another change leaves them as they are.
    assert config.replace({"seed": 3}).parameters == config.parameters
    assert config.for_policy("runner").curriculum == config.curriculum
