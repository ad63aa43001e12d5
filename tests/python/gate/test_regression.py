from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from rl_training.check_regression import main
from rl_training.commands.running import run_main
from rl_training.errors import ConfigError, UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import EpisodeRow
from rl_training.gate.metric_values import metric_values
from rl_training.gate.regression import check_regression
from rl_training.play.episodes import Agent
from rl_training.reporting.regression_table import as_junit, as_markdown, as_text
from tests.python.evaluation.reports import duel, report_of


def make_report(
    episodes: int = 100,
    seed: int = 5,
    reward: Callable[[int], float] = lambda index: 40.0 + index % 7,
    success: Callable[[int], bool] = lambda index: index % 50 != 0,
    collisions: Callable[[int], float] = lambda index: float(index % 10 == 0),
    agent: Callable[[int], Agent | None] = lambda _: None,
) -> EvaluationReport:
    infos = [
        {
            "is_success": success(index),
            "metrics": {
                "success": success(index),
                "collisions": collisions(index),
                "comfort_events": 0.0,
                "course_time": 13.0 + index % 9 / 10,
            },
        }
        for index in range(episodes)
    ]
    return report_of(
        infos,
        seed=seed,
        reward=reward,
        length=lambda index: 130 + index % 9,
        truncated=lambda index: not success(index),
        agent=agent,
    )


def changed(report: EvaluationReport, change: Callable[[EpisodeRow], Any]) -> EvaluationReport:
    """Return the report with other rows: `change` gives what of a row is replaced."""
    return report.with_episodes([row.model_copy(update=change(row)) for row in report.episodes])


def verdicts(check: Any) -> dict[str, str]:
    return {each.metric: each.verdict for each in check.verdicts}


def test_all_metrics_of_a_report_are_compared() -> None:
    check = check_regression(make_report(), make_report())
    assert check.passed
    assert verdicts(check) == dict.fromkeys(
        (
            "mean_reward",
            "mean_episode_length",
            "success_rate",
            "collisions",
            "comfort_events",
            "course_time",
            "zero_collisions_rate",
            "zero_comfort_events_rate",
        ),
        "ok",
    )
    ways = {each.metric: each.direction for each in check.verdicts}
    assert ways["mean_reward"] == ways["zero_collisions_rate"] == "higher"
    assert ways["mean_episode_length"] == ways["collisions"] == ways["course_time"] == "lower"


def test_values_give_the_means_of_the_report() -> None:
    report = make_report()
    data = report.to_dict()
    for name, values in metric_values(report).items():
        assert np.mean([*values.values()]) == pytest.approx(data[name]), name


def test_what_is_worse_beyond_chance_fails_and_says_why() -> None:
    worse = make_report(reward=lambda index: 36.0 + index % 5, collisions=lambda index: 1.0)
    check = check_regression(worse, make_report())
    assert not check.passed
    found = verdicts(check)
    assert found["mean_reward"] == found["collisions"] == found["zero_collisions_rate"] == "worse"
    assert found["course_time"] == "ok"
    text = as_text(check)
    assert re.search(r"mean_reward +higher +42.95 +38 +11.5% +0.00\d\d +WORSE", text)
    assert "failed: mean_reward went from 42.95 to 38, 11.5% worse (p 0.00" in text
    assert "| **WORSE** |" in as_markdown(check)
    junit = ElementTree.fromstring(as_junit(check))
    assert (junit.get("tests"), junit.get("failures")) == ("8", "3")
    messages = [each.get("message", "") for each in junit.iter("failure")]
    assert any("collisions went from 0.1 to 1" in message for message in messages)


def test_what_is_worse_within_the_tolerance_passes() -> None:
    slightly = make_report(reward=lambda index: 39.0 + index % 7)
    assert verdicts(check_regression(slightly, make_report()))["mean_reward"] == "tolerated"
    check = check_regression(slightly, make_report(), tolerance=0.01)
    assert verdicts(check)["mean_reward"] == "worse"


def test_what_may_be_chance_passes() -> None:
    one = make_report(collisions=lambda index: float(index % 10 == 0) + float(index == 1))
    check = check_regression(one, make_report())
    assert verdicts(check)["collisions"] == "chance"
    assert check.passed


def test_a_baseline_of_zero_is_left_to_chance() -> None:
    clean = make_report(collisions=lambda index: 0.0)
    one = make_report(collisions=lambda index: float(index == 3))
    many = make_report(collisions=lambda index: float(index % 5 == 3))
    assert verdicts(check_regression(one, clean))["collisions"] == "chance"
    check = check_regression(many, clean)
    assert verdicts(check)["collisions"] == "worse"
    assert "from 0" in as_text(check)
    assert json.loads(json.dumps(check.to_dict(), allow_nan=False))["passed"] is False


def test_other_seeds_are_compared_as_two_samples() -> None:
    check = check_regression(make_report(seed=6), make_report())
    assert check.passed
    assert any("compared as two samples" in note for note in check.notes)


def test_too_few_episodes_are_told_with_how_many_would_do() -> None:
    few = make_report(12, seed=6, reward=lambda index: 40.0 + 10 * (index % 7))
    notes = " ".join(check_regression(few, make_report(12)).notes)
    match = re.search(
        r"12 episodes are too few to tell a worsening of 5% .* mean_reward \(([\d,]+) would do\)",
        notes,
    )
    assert match
    assert int(match[1].replace(",", "")) > 12


def test_a_metric_that_vanished_fails() -> None:
    def without(row: EpisodeRow) -> dict[str, Any]:
        return {"metrics": {n: v for n, v in row.metrics.items() if n != "collisions"}}

    current = changed(make_report(), without)
    check = check_regression(current, make_report())
    assert verdicts(check)["collisions"] == "missing"
    assert "collisions is in the baseline and not in the current report" in as_text(check)


def test_metrics_and_directions_can_be_chosen() -> None:
    longer = changed(make_report(), lambda row: {"length": row.length + 30})
    check = check_regression(longer, make_report(), metrics=["mean_episode_length"])
    assert verdicts(check) == {"mean_episode_length": "worse"}
    check = check_regression(
        longer,
        make_report(),
        metrics=["mean_episode_length"],
        directions={"mean_episode_length": "higher"},
    )
    assert check.passed
    with pytest.raises(ConfigError, match=r"no metric 'colisions'.*collisions"):
        check_regression(longer, make_report(), metrics=["colisions"])


def test_unknown_directions_fail_either_way() -> None:
    baseline = make_report().model_copy(update={"metric_info": ()})
    current = changed(
        baseline,
        lambda row: {"metrics": {**row.metrics, "course_time": row.metrics["course_time"] - 5.0}},
    )
    check = check_regression(current, baseline)
    assert verdicts(check)["course_time"] == "worse"


def zero_sum(pursuer: float, evader: float) -> EvaluationReport:
    return make_report(
        agent=duel, reward=lambda index: (pursuer, evader)[index % 2] + index // 2 % 5 / 10
    )


def test_policies_are_judged_one_by_one() -> None:
    # The mean over all is as before: what one lost, the other won.
    check = check_regression(zero_sum(8.0, 12.0), zero_sum(10.0, 10.0))
    found = verdicts(check)
    assert (found["pursuer/mean_reward"], found["evader/mean_reward"]) == ("worse", "ok")
    assert "mean_reward" not in found
    assert "failed: pursuer/mean_reward went from 10.2 to 8.2" in as_text(check)
    assert check_regression(zero_sum(10.0, 10.0), zero_sum(10.0, 10.0)).passed
    chosen = check_regression(
        zero_sum(8.0, 12.0), zero_sum(10.0, 10.0), metrics=["evader/mean_reward"]
    )
    assert verdicts(chosen) == {"evader/mean_reward": "ok"}
    both = check_regression(zero_sum(8.0, 12.0), zero_sum(10.0, 10.0), metrics=["mean_reward"])
    assert [*verdicts(both)] == ["pursuer/mean_reward", "evader/mean_reward"]


def test_a_policy_that_vanished_fails() -> None:
    alone = make_report(agent=lambda _: duel(0))
    found = verdicts(check_regression(alone, zero_sum(10.0, 10.0)))
    assert found["evader/mean_reward"] == found["pursuer/mean_reward"] == "missing"


@pytest.mark.parametrize("value", [0.0, -0.1, float("inf")])
def test_values_out_of_range_are_refused(value: float) -> None:
    with pytest.raises(ConfigError, match="tolerance must be above 0"):
        check_regression(make_report(), make_report(), tolerance=value)
    with pytest.raises(ConfigError, match="alpha must be in"):
        check_regression(make_report(), make_report(), alpha=value)


def test_reports_of_two_scenarios_are_refused() -> None:
    other = make_report().model_copy(update={"scenario": "custom"})
    with pytest.raises(UsageError, match="give the reports of one scenario"):
        check_regression(make_report(), other)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no report at .*evaluate_model.py --output writes one"),
        ("{", "is no report of evaluate_model.py"),
        ("[]", "is no report of evaluate_model.py"),
        ("{}", "lacks 'episodes'"),
        ('{"episodes": []}', "holds no episodes"),
        ('{"episodes": [{"return": "much"}]}', "is no report of evaluate_model.py"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=said):
        EvaluationReport.load(path)


def save(path: Path, report: EvaluationReport) -> str:
    report.save(path)
    return str(path)


def test_the_script_ends_with_0_1_or_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = save(tmp_path / "good.json", make_report())
    bad = save(tmp_path / "bad.json", make_report(success=lambda index: index % 3 != 0))
    files = [tmp_path / name for name in ("o.json", "o.md", "o.xml")]
    words = ["--json", str(files[0]), "--markdown", str(files[1]), "--junit", str(files[2])]
    assert main(["--current", good, "--baseline", good]) == 0
    assert "passed: nothing is worse by more than 5%" in capsys.readouterr().out
    assert main(["--current", bad, "--baseline", good, "--tolerance", "0.1", *words]) == 1
    assert "failed: success_rate went from 0.98 to 0.66" in capsys.readouterr().out
    assert all(path.stat().st_size > 100 for path in files)
    assert run_main(lambda: main(["--current", bad, "--baseline", str(tmp_path / "no.json")])) == 2
    assert "error: no baseline at" in capsys.readouterr().err
    words = ["--current", bad, "--baseline", good, "--direction", "collisions=up"]
    assert run_main(lambda: main(words)) == 2
    assert "NAME=lower or NAME=either was expected; found 'collisions=up'" in (
        capsys.readouterr().err
    )


def test_a_baseline_keeps_its_policy_and_where_it_came_from(tmp_path: Path) -> None:
    current = save(tmp_path / "report.json", make_report())
    model = tmp_path / "trained_final.onnx"
    model.write_bytes(b"weights")
    baseline = tmp_path / "baselines" / "walk_baseline.json"
    words = ["--current", current, "--baseline", str(baseline), "--update_baseline"]
    assert main([*words, "--model", str(model), "--training", "train.py --seed 0"]) == 0
    written = json.loads(baseline.read_text())
    provenance = written["provenance"]
    assert provenance["training"] == "train.py --seed 0"
    assert provenance["model"] == written["model"] == "walk_baseline.onnx"
    assert len(provenance["model_sha256"]) == 64
    assert (baseline.parent / "walk_baseline.onnx").read_bytes() == b"weights"
    assert main(["--current", current, "--baseline", str(baseline)]) == 0
    # What is not said again stays.
    assert main(words) == 0
    assert json.loads(baseline.read_text())["provenance"]["training"] == "train.py --seed 0"
    words += ["--model", str(tmp_path / "no.onnx")]
    assert run_main(lambda: main(words)) == 2
