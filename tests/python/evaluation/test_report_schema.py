"""Reports and baselines hold what report.schema.json says; others are refused by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator, ValidationError

from rl_training.evaluation import report_schema
from rl_training.evaluation.report import IN_ENGINE, PYTHON, EvaluationReport, Mode
from rl_training.evaluation.report_parts import Game, Run
from rl_training.gate.baseline import write_baseline
from rl_training.reporting.report_junit import as_junit
from tests.python.evaluation.reports import duel, messages, report_of

ROOT = Path(__file__).parents[3]
DATA = Path(__file__).parent / "data"
BASELINES = sorted((ROOT / "baselines").glob("*_baseline.json"))
TIMES = {"physics_ms_mean": 0.1, "physics_ms_max": 2.0, "frame_ms_mean": 0.2, "frame_ms_max": 3.0}


def _validator(path: Path) -> Callable[[Any], None]:
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    checker = Draft202012Validator.FORMAT_CHECKER
    found: Callable[[Any], None] = Draft202012Validator(schema, format_checker=checker).validate
    return found


@pytest.fixture(scope="session")
def validate() -> Callable[[Any], None]:
    return _validator(report_schema.FILE)


def _report(
    mode: Mode = PYTHON, infos: bool = True, times: dict[str, float] | None = None
) -> EvaluationReport:
    told: dict[str, object] = {"times": times} if times else {}
    return report_of(
        [
            {
                "is_success": index > 0,
                "metrics": {"success": 1, "collisions": index},
                "reward_terms": {"progress": 1.0},
                **told,
            }
            if infos
            else told
            for index in range(3)
        ],
        scenario="vr_locomotion" if infos else "custom",
        mode=mode,
        agent=duel if infos else lambda _: None,
        messages=messages(["SCRIPT ERROR: x"], warnings=["WARNING: y"]) if infos else None,
    )


def test_the_committed_schema_is_that_of_the_models() -> None:
    assert report_schema.FILE.read_text() == report_schema.as_text(), (
        "run: python -m rl_training.evaluation.report_schema"
    )


def test_format_1_was_what_its_schema_says() -> None:
    data = json.loads((DATA / "report_format_1.json").read_text())
    _validator(DATA / "report_format_1.schema.json")(data)


def test_keys_of_format_1_are_still_there() -> None:
    old = json.loads((DATA / "report_format_1.schema.json").read_text())
    new = report_schema.schema()
    assert set(old["required"]) <= set(new["required"])
    assert set(old["properties"]) <= set(new["properties"])
    row = new["$defs"]["EpisodeRow"]
    assert set(old["$defs"]["episode"]["required"]) <= set(row["required"])


@pytest.mark.parametrize("mode", [PYTHON, IN_ENGINE])
@pytest.mark.parametrize("infos", [True, False])
@pytest.mark.parametrize("times", [None, TIMES])
def test_reports_hold_it(
    mode: Mode, infos: bool, times: Any, validate: Callable[[Any], None], tmp_path: Path
) -> None:
    _report(mode, infos, times).save(tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    validate(report)
    assert report["episodes"][0].get("times") == times


def test_a_new_baseline_holds_it(validate: Callable[[Any], None], tmp_path: Path) -> None:
    model = tmp_path / "m.onnx"
    model.write_bytes(b"policy")
    report = _report()
    config = {"godot": "/home/me/godot", "learning_rate": 1e-3, "ppo": {"log": "/home/me/x"}}
    first, second, third = report.episodes
    report = report.model_copy(
        update={
            "game": Game(project_path="/home/me/game"),
            "run": Run(experiment="walk", timesteps=5, seed=1, config=config),
            "episodes": (
                first,
                second.model_copy(update={"recording": "/home/me/a.replay"}),
                third,
            ),
        }
    )
    assert "/home/me" in json.dumps(report.to_dict())
    validate(report.to_dict())
    write_baseline(report, tmp_path / "b.json", "train.py", model)
    baseline = json.loads((tmp_path / "b.json").read_text())
    assert baseline["provenance"]["model_sha256"]
    assert baseline["run"]["config"] == {"learning_rate": 1e-3, "ppo": {}}
    assert "/home/me" not in json.dumps(baseline)
    validate(baseline)


@pytest.mark.parametrize("path", BASELINES, ids=[path.name for path in BASELINES])
def test_the_repositorys_baselines_hold_it(path: Path, validate: Callable[[Any], None]) -> None:
    validate(json.loads(path.read_text()))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("mean_reward",), None),
        (("mode",), "by hand"),
        (("success_rate",), 1.5),
        (("mean_reward_ci95",), [1.0]),
        (("episodes",), []),
        (("episodes", 0, "seed"), -1),
        (("episodes", 0, "length"), 1.5),
        (("episodes", 0, "success"), "yes"),
        (("episodes", 0, "times"), {"physics_ms_max": -1.0}),
        (("directions", "collisions"), "down"),
        (("collisions",), "none"),
        (("provenance",), {"written": "today", "training": ""}),
    ],
)
def test_others_are_refused(
    where: tuple[Any, ...], value: Any, validate: Callable[[Any], None]
) -> None:
    report = _report().to_dict()
    place: Any = report
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    if where == ("provenance",):
        value["model_sha256"] = "short"
    with pytest.raises(ValidationError):
        validate(report)


@pytest.mark.parametrize("key", ["format", "seed", "episodes", "success_rate", "versions"])
def test_what_is_missing_is_noticed(key: str, validate: Callable[[Any], None]) -> None:
    report = _report().to_dict()
    del report[key]
    with pytest.raises(ValidationError, match=key):
        validate(report)


def test_junit_fails_the_episodes_without_success() -> None:
    suite = ElementTree.fromstring(as_junit(_report(times=TIMES)))
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (
        "vr_locomotion",
        "3",
        "1",
    )
    cases = suite.findall("testcase")
    failure = cases[0].find("failure")
    assert failure is not None
    assert failure.get("message") == ("no success: its time was over after 10 decisions, return 0")
    assert all(case.find("failure") is None for case in cases[1:])
    properties = {p.get("name"): p.get("value") for p in cases[1].iterfind("properties/property")}
    assert properties["physics_ms_max"] == "2"
    assert properties["collisions"] == "1"
    of_suite = {p.get("name"): p.get("value") for p in suite.iterfind("properties/property")}
    assert of_suite["success_rate"] == "0.666667"


def test_junit_skips_what_the_scene_does_not_tell() -> None:
    suite = ElementTree.fromstring(as_junit(_report(infos=False)))
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "3")
