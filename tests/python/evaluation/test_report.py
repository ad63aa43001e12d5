from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from rl_training.evaluation.report import (
    IN_ENGINE,
    Evaluation,
    build_report,
    episode_line,
    save_report,
    summary,
)
from rl_training.play.episodes import make_episode
from rl_training.runs.seeds import episode_seed
from rl_training.scenarios import get_scenario


def _report(infos: list[dict[str, Any]], scenario: str = "vr_locomotion") -> dict[str, Any]:
    episodes = [
        make_episode(index, 9, float(index), 10 + index, truncated=index == 0, info=info)
        for index, info in enumerate(infos)
    ]
    return build_report(
        Evaluation(get_scenario(scenario), Path("m.onnx"), IN_ENGINE, 9, tuple(episodes), 1.5)
    )


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
    report = _report([_info(True, 0), _info(True, 0), _info(False, 4), _info(True, 2)])
    assert report["mean_reward"] == 1.5
    assert report["std_reward"] == pytest.approx(1.118, abs=1e-3)
    assert report["mean_episode_length"] == 11.5
    assert report["success_rate"] == 0.75
    low, high = report["success_rate_ci95"]
    assert low < 0.75 < high
    for name, value in report["metrics"].items():
        low, high = report["metrics_ci95"][name]
        assert low <= value <= high
    assert report["metrics_ci95"]["success"] == report["success_rate_ci95"]
    low, high = report["mean_reward_ci95"]
    assert low < 1.5 < high
    assert report["collisions"] == 1.5
    assert report["comfort_events"] == 0
    assert report["course_time"] == 30
    assert report["zero_collisions_rate"] == 0.5
    assert report["zero_comfort_events_rate"] == 1.0
    assert "zero_course_time_rate" not in report
    assert report["metrics"]["collisions"] == 1.5
    assert report["reward_terms"] == {"progress": 2.0, "collision": -1.5}
    assert report["truncated_rate"] == 0.25
    assert (report["mode"], report["seed"], report["scenario"]) == ("in_engine", 9, "vr_locomotion")
    assert report["versions"]["python"]
    assert report["commit"]
    row = report["episodes"][2]
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


def test_it_is_json(tmp_path: Path) -> None:
    report = _report([_info(True, 0)])
    save_report(report, tmp_path / "new" / "report.json")
    assert json.loads((tmp_path / "new" / "report.json").read_text()) == report


def test_scenes_without_metrics_have_a_report(caplog: pytest.LogCaptureFixture) -> None:
    report = _report([{}, {}], scenario="custom")
    assert report["success_rate"] is None
    assert report["metrics"] == {}
    assert "success rate" not in summary(report)
    with caplog.at_level(logging.WARNING):
        _report([{}])
    assert "does not report the metric 'collisions'" in caplog.text


def test_texts_say_what_happened() -> None:
    text = summary(_report([_info(True, 0), _info(False, 1)]))
    assert "2 episodes of vr_locomotion (in_engine), seed 9" in text
    assert "success rate   50.0 %" in text
    episode = make_episode(3, 9, 1.25, 40, truncated=True, info=_info(False, 1))
    assert "episode    3" in episode_line(episode)
    assert "time over" in episode_line(episode)
    assert "failure" in episode_line(episode)
    assert "collisions 1" in episode_line(episode)
