"""A script that fails in the game is seen by every evaluation, and by the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from jsonschema import Draft202012Validator
from onnx import TensorProto, helper, numpy_helper

from rl_training.check_regression import main as gate
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EngineErrors
from rl_training.evaluation.request import EvaluationRequest
from rl_training.gate.regression import check_regression
from rl_training.reporting.regression_table import as_junit, as_markdown, as_text, conclusion
from rl_training.reporting.report_text import summary
from tests.python.evaluation.reports import messages
from tests.python.gate.test_regression import make_report

FORMAT_1 = Path(__file__).parent / "data" / "report_format_1.json"
GAMES = "res://tests/python/evaluation/games"
HIT = "SCRIPT ERROR: Cannot call method 'hit' on a null value. at: _on_hit (res://enemy.gd:7)"


def with_errors(*texts: str, warnings: tuple[str, ...] = ()) -> EvaluationReport:
    told = EngineErrors.of(messages(texts, warnings=warnings))
    return make_report().model_copy(update={"engine_errors": told})


def test_script_errors_that_the_baseline_has_not_fail_the_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check = check_regression(with_errors(HIT), make_report())
    assert not check.passed
    assert "script errors" in as_text(check)
    assert "| **NEW** |" in as_markdown(check)
    assert "_on_hit (res://enemy.gd:7)" in as_junit(check)
    assert as_text(check).splitlines()[-1] == (
        f"failed: script errors: 3, 0 in the baseline; new are: {HIT} (3 times)"
    )
    for name, report in (("current", with_errors(HIT)), ("baseline", with_errors())):
        report.save(tmp_path / f"{name}.json")
    words = [f"--{name}={tmp_path / name}.json" for name in ("current", "baseline")]
    assert gate(words) == 1
    assert "NEW" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("current", "baseline"),
    [
        (with_errors(), make_report()),
        (make_report(), with_errors(HIT)),
        (with_errors(HIT), with_errors(HIT.replace(":7", ":9"))),
    ],
)
def test_the_same_errors_as_before_pass(current: Any, baseline: Any) -> None:
    assert check_regression(current, baseline).passed


def test_new_warnings_fail_and_are_named() -> None:
    old, new = "WARNING: low on coins at: look (res://a.gd:5)", "WARNING: no floor"
    baseline = with_errors(warnings=(old,))
    assert check_regression(with_errors(warnings=(old.replace(":5", ":8"),)), baseline).passed
    check = check_regression(with_errors(warnings=(old, new)), baseline)
    assert conclusion(check) == f"failed: warnings: 6, 3 in the baseline; new are: {new} (3 times)"
    data = check.to_dict()["findings"][-1]
    assert data["errors"] == [3, 6, new]
    assert data["new_messages"] == [{"text": new, "count": 3}]


def test_a_baseline_that_tells_no_warnings_cannot_judge_them() -> None:
    for baseline in (make_report(), EvaluationReport.load(FORMAT_1)):
        current = with_errors(warnings=("WARNING: no floor",))
        rows = current.episodes[: baseline.num_episodes]
        check = check_regression(current.with_episodes(rows), baseline)
        assert "warnings" not in {each.metric for each in check.verdicts}
        assert any("the baseline does not tell all of its own" in note for note in check.notes)


def test_a_flood_of_different_warnings_is_told_as_not_all_known() -> None:
    baseline = with_errors(warnings=("WARNING: a",))
    assert baseline.engine_errors is not None
    many = baseline.engine_errors.pushed_warnings.model_copy(update={"count": 50})
    told = baseline.engine_errors.model_copy(update={"pushed_warnings": many})
    flooded = baseline.model_copy(update={"engine_errors": told})
    check = check_regression(with_errors(warnings=("WARNING: b",)), flooded)
    assert check.passed
    assert any("not judged" in note for note in check.notes)


def test_the_summary_says_it() -> None:
    assert f"script errors  3, the first: {HIT}" in summary(with_errors(HIT))
    assert "script errors" not in summary(with_errors())


def walker(path: Path) -> Path:
    """Write a policy that walks to the goal of the walkers' games."""
    weights = np.zeros((4, 2), dtype=np.float32)
    weights[0, 0] = weights[1, 1] = 5.0
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["obs", "weights"], ["wish"]),
            helper.make_node("Tanh", ["wish"], ["output"]),
            helper.make_node("Identity", ["state_ins"], ["state_outs"]),
        ],
        "walker",
        [
            value("obs", TensorProto.FLOAT, ["batch", 4]),
            value("state_ins", TensorProto.FLOAT, ["batch"]),
        ],
        [
            value("output", TensorProto.FLOAT, ["batch", 2]),
            value("state_outs", TensorProto.FLOAT, ["batch"]),
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


@pytest.mark.engine
@pytest.mark.parametrize("in_engine", [True, False])
def test_a_null_call_in_a_hit_handler(
    in_engine: bool, repository: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def played(scene: str) -> EvaluationReport:
        return evaluate(
            EvaluationRequest(
                model=walker(tmp_path / "walker.onnx"),
                scenario="custom",
                episodes=6,
                in_engine=in_engine,
                num_envs=2,
                arenas=2,
                project_path=str(repository),
                scene_path=scene,
            )
        )

    hit = played(f"{GAMES}/hit_walker.tscn")
    assert hit.engine_errors is not None
    assert hit.engine_errors.count >= 2
    assert "on a null value" in hit.engine_errors.first
    assert "hit_walker.gd:19)" in hit.engine_errors.first
    assert hit.engine_errors.pushed_errors.first.startswith("ERROR: no health bar at: ")
    assert "_on_hit" in caplog.text
    schema = json.loads((repository / "rl_training/evaluation/report.schema.json").read_text())
    Draft202012Validator(schema).validate(hit.to_dict())
    well = played("res://tests/python/arena_check/games/local_walker_3d.tscn")
    assert well.engine_errors is not None
    assert well.engine_errors.count == 0
    assert well.mean_reward > 0.0
    for current, baseline, fails in ((hit, well, True), (well, hit, False)):
        found = {each.verdict for each in check_regression(current, baseline).verdicts}
        assert ("errors" in found) == fails
