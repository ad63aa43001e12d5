"""The waypoint test: rule and policy are held to their baselines, and a worse walk is caught."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.commands import evaluate as evaluate_command
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.gate.regression import check_regression
from rl_training.policy_export.certificate import read_certificate
from rl_training.reporting.regression_table import as_text

REPOSITORY = Path(__file__).parents[3]
RULE, POLICY = (
    REPOSITORY / "baselines" / name for name in ("waypoints_rule.json", "waypoints_policy.json")
)
BOTH = pytest.mark.parametrize("baseline", [RULE, POLICY], ids=lambda path: path.stem)


@BOTH
def test_the_baseline_reaches_all_waypoints(baseline: Path) -> None:
    kept = json.loads(baseline.read_text("utf-8"))
    assert len(kept["episodes"]) == 40
    assert sum(row["metrics"]["waypoints"] for row in kept["episodes"]) >= 3 * 38
    assert kept["models"] == {"shared_policy": "game"}  # nobody plays from outside
    assert not any(name in baseline.read_text("utf-8") for name in ("/home/", "/tmp/", "/work/"))


def test_the_policys_scene_plays_the_certified_policy() -> None:
    scene = json.loads(POLICY.read_text("utf-8"))["game"]["scene_path"]
    text = (REPOSITORY / scene.removeprefix("res://")).read_text("utf-8")
    (policy,) = re.findall(r'policy_path = "res://(.+)"', text)
    assert read_certificate(REPOSITORY / policy) is not None


def test_the_policy_is_quicker_than_the_rule() -> None:
    times = [
        np.mean([row["metrics"]["course_time"] for row in json.loads(path.read_text())["episodes"]])
        for path in (POLICY, RULE)
    ]
    assert times[0] < times[1]


@BOTH
def test_a_walk_that_misses_waypoints_is_caught(baseline: Path, tmp_path: Path) -> None:
    worse: dict[str, Any] = json.loads(baseline.read_text("utf-8"))
    for row in worse["episodes"][::3]:
        row["metrics"]["waypoints"] = 2
        row["metrics"]["collisions"] += 1
    file = tmp_path / "worse.json"
    file.write_text(json.dumps(worse), "utf-8")
    kept = EvaluationReport.load(baseline, "baseline")
    check = check_regression(EvaluationReport.load(file, "current"), kept)
    assert not check.passed
    told = as_text(check)
    assert "waypoints" in told
    assert "collisions" in told


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(600)
@BOTH
def test_it_walks_as_well_as_then(baseline: Path) -> None:
    request, _ = evaluate_command.parse(["--like", str(baseline)])
    check = check_regression(evaluate(request), EvaluationReport.load(baseline, "baseline"))
    assert check.passed, as_text(check)
