"""Limits of the gate: numbers of the current report that may not be exceeded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.commands.gate import main
from rl_training.commands.running import run_main
from rl_training.errors import ConfigError
from rl_training.evaluation.report import EvaluationReport
from rl_training.gate.limit_check import check_limits, read_limits
from rl_training.gate.regression import check_regression
from rl_training.reporting.regression_table import as_junit, as_markdown, as_text
from tests.python.evaluation.reports import report_of

LIMIT = "performance.physics_frame_time_ms"


def make_report(ms: float | None = 3.0) -> EvaluationReport:
    """Return a report of ten episodes; ms: of a tick, None: not measured."""
    told = {"physics_frame_time_ms": ms, "memory_mb": 300.0, "late_ticks": 1}
    infos: list[dict[str, object]] = [{"is_success": True, "metrics": {"success": 1.0}}] * 10
    if ms is not None:
        infos = [{**info, "performance": {"episode": told}} for info in infos]
    return report_of(infos)


def test_a_report_puts_its_episodes_together() -> None:
    report = make_report()
    assert report.performance == {"physics_frame_time_ms": 3.0, "memory_mb": 300.0} | {
        "late_ticks": 10.0
    }
    assert EvaluationReport.from_dict(report.to_dict()).performance == report.performance
    assert "performance" not in make_report(None).to_dict()


def test_words_become_limits() -> None:
    assert read_limits([f"{LIMIT}=11.11", "collisions=0"]) == {LIMIT: 11.11, "collisions": 0.0}
    for word in ("collisions", "=3", "collisions=few", "collisions=nan"):
        with pytest.raises(ConfigError, match="NAME=NUMBER was expected"):
            read_limits([word])


def test_within_its_limits_a_report_passes() -> None:
    report = make_report()
    check = check_regression(report, report, limits={LIMIT: 11.11, "success_rate": 1.0})
    assert check.passed
    assert "at most 11.11" in as_text(check)


def test_over_a_limit_the_gate_fails_and_says_so() -> None:
    slow = make_report(12.5)
    check = check_regression(slow, slow, limits={LIMIT: 11.11})
    assert not check.passed
    assert f"failed: {LIMIT} is 12.5, over its limit of 11.11" in as_text(check)
    assert "OVER" in as_markdown(check)
    assert "over its limit" in as_junit(check)
    limit = {"name": LIMIT, "limit": 11.11, "value": 12.5}
    assert check.to_dict()["findings"][-1]["limit"] == limit


def test_what_was_not_measured_fails_and_says_how_to_measure() -> None:
    report = make_report(None)
    check = check_regression(report, report, limits={LIMIT: 11.11})
    assert not check.passed
    assert f"{LIMIT} was not measured: evaluate with --performance" in as_text(check)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"mean .?performance\.memory_mb"):
        check_limits(make_report(), {"performance.memry_mb": 1.0})


def test_a_baseline_keeps_its_limits_and_flags_replace_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, slow = tmp_path / "good.json", tmp_path / "slow.json"
    make_report().save(good)
    make_report(12.5).save(slow)
    baseline = tmp_path / "walk_baseline.json"
    words = ["--baseline", str(baseline), "--current"]
    renew = [*words, str(good), "--update_baseline"]
    assert main([*renew, "--limit", f"{LIMIT}=11.11"]) == 0
    assert main(renew) == 0
    assert json.loads(baseline.read_text())["provenance"]["limits"] == {LIMIT: 11.11}
    capsys.readouterr()
    assert main([*words, str(good)]) == 0
    assert main([*words, str(slow)]) == 1
    assert f"{LIMIT} is 12.5" in capsys.readouterr().out
    assert main([*words, str(slow), "--limit", f"{LIMIT}=20"]) == 0
    assert run_main(lambda: main([*words, str(good), "--limit", "speed=3"])) == 2
    assert "the report has no number 'speed'" in capsys.readouterr().err
