"""The waypoint test: the rule is held to its committed baseline, and a worse walk is caught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands import evaluate as evaluate_command
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.gate.regression import check_regression
from rl_training.reporting.regression_table import as_text

BASELINE = Path(__file__).parents[3] / "baselines" / "waypoints_rule.json"


def test_the_baseline_reaches_all_waypoints() -> None:
    rows = json.loads(BASELINE.read_text("utf-8"))["episodes"]
    assert len(rows) == 40
    assert sum(row["metrics"]["waypoints"] for row in rows) >= 3 * 38


def test_a_rule_that_misses_waypoints_is_caught(tmp_path: Path) -> None:
    worse: dict[str, Any] = json.loads(BASELINE.read_text("utf-8"))
    for row in worse["episodes"][::3]:
        row["metrics"]["waypoints"] = 2
        row["metrics"]["collisions"] += 1
    file = tmp_path / "worse.json"
    file.write_text(json.dumps(worse), "utf-8")
    kept = EvaluationReport.load(BASELINE, "baseline")
    check = check_regression(EvaluationReport.load(file, "current"), kept)
    assert not check.passed
    told = as_text(check)
    assert "waypoints" in told
    assert "collisions" in told


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(300)
def test_the_rule_walks_as_well_as_then() -> None:
    request, _ = evaluate_command.parse(["--like", str(BASELINE)])
    check = check_regression(evaluate(request), EvaluationReport.load(BASELINE, "baseline"))
    assert check.passed, as_text(check)
