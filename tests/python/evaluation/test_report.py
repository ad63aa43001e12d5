from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rl_training.errors import UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.play.episodes import make_episode
from rl_training.play.statistics import wilson_interval
from rl_training.reporting.report_text import episode_line, summary
from rl_training.runs.seeds import episode_seed
from tests.python.evaluation.reports import duel, messages, report_of

FORMAT_1 = Path(__file__).parent / "data" / "report_format_1.json"


def _info(success: bool, collisions: int) -> dict[str, Any]:
    return {
        "is_success": success,
        "metrics": {
            "success": success,
            "collisions": collisions,
            "comfort_events": 0,
            "course_time": 30,
        },
        "reward_terms": {"progress": 2.0, "collision": -1.0 * collisions},
    }


def test_the_contracts_keys() -> None:
    data = report_of([_info(True, 0), _info(True, 0), _info(False, 4), _info(True, 2)]).to_dict()
    assert data["mean_reward"] == 1.5
    assert data["std_reward"] == pytest.approx(1.118, abs=1e-3)
    assert data["mean_episode_length"] == 11.5
    assert data["success_rate"] == 0.75
    low, high = data["success_rate_ci95"]
    assert low < 0.75 < high
    for name, value in data["metrics"].items():
        low, high = data["metrics_ci95"][name]
        assert low <= value <= high
    assert data["metrics_ci95"]["success"] == data["success_rate_ci95"]
    low, high = data["mean_reward_ci95"]
    assert low < 1.5 < high
    assert data["collisions"] == 1.5
    assert data["comfort_events"] == 0
    assert data["course_time"] == 30
    assert data["zero_collisions_rate"] == 0.5
    assert data["zero_comfort_events_rate"] == 1.0
    assert "zero_course_time_rate" not in data
    assert data["metrics"]["collisions"] == 1.5
    assert data["reward_terms"] == {"progress": 2.0, "collision": -1.5}
    assert data["truncated_rate"] == 0.25
    assert (data["mode"], data["seed"], data["scenario"]) == ("in_engine", 9, "vr_locomotion")
    assert data["versions"]["python"]
    assert data["commit"]
    row = data["episodes"][2]
    assert row["episode"] == 2
    assert row["seed"] == episode_seed(9, 2)
    assert (row["return"], row["length"], row["terminated"], row["truncated"]) == (
        2,
        12,
        True,
        False,
    )
    assert row["success"] is False
    assert row["metrics"]["collisions"] == 4


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    report = report_of(
        [_info(True, 0), _info(False, 2)], agent=duel, messages=messages(["SCRIPT ERROR: x"])
    )
    path = tmp_path / "new" / "report.json"
    report.save(path)
    assert json.loads(path.read_text()) == report.to_dict()
    again = EvaluationReport.load(path)
    assert again == report
    assert again.to_dict() == report.to_dict()


def test_numbers_follow_from_the_episodes() -> None:
    report = report_of([_info(True, 0), _info(True, 0), _info(False, 4), _info(True, 2)])
    assert (report.mean_reward, report.metrics["collisions"]) == (1.5, 1.5)
    fewer = report.with_episodes(report.episodes[2:])
    assert (fewer.mean_reward, fewer.num_episodes, fewer.metrics["collisions"]) == (2.5, 2, 3.0)
    assert report.mean_reward == 1.5


def test_metrics_are_typed() -> None:
    report = report_of([_info(True, 0), _info(False, 4)])
    found = {each.name: each for each in report.metric_results}
    assert [*found] == [
        *("success", "collisions", "comfort_events", "course_time"),
        *("zero_collisions_rate", "zero_comfort_events_rate"),
    ]
    assert (found["course_time"].unit, found["course_time"].direction) == ("s", "lower")
    rate = found["zero_collisions_rate"]
    assert (rate.of, rate.mean, rate.direction) == ("collisions", 0.5, "higher")
    interval = wilson_interval(1, 2)
    assert rate.ci95 == (interval.low, interval.high)


def test_a_metric_may_be_called_like_a_rate() -> None:
    # The name of a metric says nothing of its meaning.
    info = {"metrics": {"zero_gravity_rate": 0.25}}
    report = EvaluationReport.from_dict(report_of([info, info], scenario="custom").to_dict())
    assert [each.of for each in report.metric_results] == [""]
    assert report.to_dict()["zero_gravity_rate"] == 0.25


def test_a_report_is_frozen() -> None:
    report = report_of([_info(True, 0)])
    with pytest.raises(ValueError, match="frozen"):
        report.seed = 3


def test_each_policy_has_its_own_numbers() -> None:
    # A zero-sum game: what one earns, the other loses.
    infos = [_info(index % 4 == 0, index) for index in range(6)]
    report = report_of(infos, agent=duel, reward=lambda index: 2.0 - 4.0 * (index % 2))
    assert report.mean_reward == 0.0
    pursuer, evader = report.policies["pursuer"], report.policies["evader"]
    assert (pursuer.mean_reward, evader.mean_reward) == (2.0, -2.0)
    assert (pursuer.num_episodes, evader.num_episodes) == (3, 3)
    assert pursuer.success_rate == pytest.approx(2 / 3)
    assert evader.success_rate == 0.0
    assert (pursuer.metrics["collisions"], evader.metrics["collisions"]) == (2.0, 3.0)
    assert pursuer.reward_terms == {"progress": 2.0, "collision": -2.0}
    data = report.to_dict()
    assert data["policies"]["evader"]["mean_reward"] == -2.0
    assert data["policies"]["evader"]["metrics"]["zero_collisions_rate"] == 0.0
    row = data["episodes"][3]
    assert (row["agent"], row["agent_path"], row["policy"]) == (
        *(1, "Evader/AIController3D", "evader"),
    )
    text = summary(report)
    assert re.search(r"^pursuer +3 +2.000 ", text, re.MULTILINE)
    assert re.search(r"^evader +3 +-2.000 ", text, re.MULTILINE)


def test_one_policy_is_just_that() -> None:
    report = report_of([_info(True, 0), _info(False, 1)], agent=lambda _: duel(0))
    data = report.to_dict()
    assert [*data["policies"]] == ["pursuer"]
    same = data["policies"]["pursuer"]
    assert {name: data[name] for name in same} == same
    assert "policies" not in summary(report)


def test_scenes_without_metrics_have_a_report(caplog: pytest.LogCaptureFixture) -> None:
    report = report_of([{}, {}], scenario="custom")
    assert report.success_rate is None
    assert report.metrics == {}
    assert "success rate" not in summary(report)
    with caplog.at_level(logging.WARNING):
        report_of([{}])
    assert "does not report the metric 'collisions'" in caplog.text


def test_format_1_is_still_read(tmp_path: Path) -> None:
    old = json.loads(FORMAT_1.read_text())
    report = EvaluationReport.load(FORMAT_1)
    # Every number that the file holds comes again, under its name.
    new = report.to_dict()
    derived = ("format", "episodes", "engine_errors", "provenance")
    for name in old.keys() - {*derived}:
        _assert_alike(new[name], old[name], name)
    assert report.engine_errors is not None
    assert report.engine_errors.texts == tuple(old["engine_errors"]["texts"])
    assert not report.engine_errors.pushed_warnings.is_complete
    assert report.provenance is not None
    assert (report.policies, report.run, report.episodes[0].agent) == ({}, None, None)
    for row, before in zip(new["episodes"], old["episodes"], strict=True):
        assert row == before
    report.save(tmp_path / "new.json")
    assert EvaluationReport.load(tmp_path / "new.json") == report


def _assert_alike(new: Any, old: Any, where: str) -> None:
    if isinstance(old, dict):
        assert new.keys() == old.keys(), where
        for name in old:
            _assert_alike(new[name], old[name], f"{where}.{name}")
    else:
        assert new == (old if isinstance(old, str) else pytest.approx(old, rel=1e-12)), where


def test_another_format_is_refused(tmp_path: Path) -> None:
    data = {**report_of([_info(True, 0)]).to_dict(), "format": 3}
    (tmp_path / "r.json").write_text(json.dumps(data))
    with pytest.raises(UsageError, match=r"it has format 3, this harness reads 1 to 2; update it"):
        EvaluationReport.load(tmp_path / "r.json")


def test_the_package_offers_it_and_stays_light() -> None:
    code = (
        "import sys, rl_training; light = {'torch', 'pydantic', 'scipy'} & set(sys.modules);"
        "assert not light, light; assert 'evaluate' in dir(rl_training);"
        "from rl_training import EvaluationReport; EvaluationReport.load; import pydantic;"
        "assert 'torch' not in sys.modules; assert callable(rl_training.evaluate)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_texts_say_what_happened() -> None:
    text = summary(report_of([_info(True, 0), _info(False, 1)]))
    assert "2 episodes of vr_locomotion (in_engine), seed 9" in text
    assert "success rate   50.0 %" in text
    episode = make_episode(3, 9, 1.25, 40, truncated=True, info=_info(False, 1))
    assert "episode    3" in episode_line(episode)
    assert "time over" in episode_line(episode)
    assert "failure" in episode_line(episode)
    assert "collisions 1" in episode_line(episode)
