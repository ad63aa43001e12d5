"""Runs as a list, one by one, and side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.errors import UsageError
from rl_training.runs.comparison import compare_runs, comparison_json, comparison_text
from rl_training.runs.listing import (
    details_json,
    details_text,
    list_runs,
    run_details,
    runs_json,
    runs_text,
)
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import open_run
from rl_training.runs.span import span


def _run(root: Path, name: str, rewards: list[float], **settings: Any) -> RunPaths:
    """Leave a finished run behind that gained `rewards` at every 1,000 steps."""
    paths = RunPaths(name, root)
    with open_run(
        paths, resume=False, total=4000, algorithm="ppo", scenario="vr_locomotion"
    ) as session:
        paths.config.write_text(json.dumps({"experiment_name": name, **settings}))
        writer = MetricsWriter(paths.metrics)
        for i, reward in enumerate(rewards):
            writer.write(1000 * (i + 1), {"rollout/ep_rew_mean": reward})
        writer.close()
        session.writer.update(timesteps=1000 * len(rewards), mean_reward=rewards[-1])
    return paths


def test_a_list_of_runs(tmp_path: Path) -> None:
    _run(tmp_path, "walk", [1.0, 2.0])
    with open_run(RunPaths("fly", tmp_path), resume=False, total=100) as session:
        session.writer.update(stage="learning", timesteps=50, rate=10.0, eta_s=5.0)
        rows = list_runs(tmp_path)
        text = runs_text(rows)
    assert [row.name for row in rows] == ["walk", "fly"]
    assert (rows[0].stage, rows[0].mean_reward, rows[0].timesteps) == ("done", 2.0, 2000)
    lines = text.splitlines()
    assert lines[0].split() == [
        "run",
        "stage",
        "steps",
        "reward",
        "steps/s",
        "left",
        "age",
        "learner",
    ]
    assert "2,000 of 4,000" in lines[1]
    assert "5 s" in lines[2]
    data = json.loads(runs_json(rows))
    assert data["runs"][1]["eta_s"] == 5.0


def test_lessons_are_listed_and_shown(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    line = "difficulty: lesson 2 of 3 'middle' has not advanced: success_rate 0.62 of 0.70"
    told = {"lesson": 2, "of": 3, "name": "middle", "line": line}
    with open_run(paths, resume=False, total=100) as session:
        session.writer.update(curriculum={"difficulty": told})
    rows = list_runs(tmp_path)
    assert rows[0].curriculum == {"difficulty": told}
    assert runs_text(rows).splitlines()[-1].split() == ["difficulty", "lesson", "2", "of", "3"]
    assert line in details_text(run_details(paths)).splitlines()
    assert json.loads(details_json(run_details(paths)))["status"]["curriculum"] == {
        "difficulty": told
    }


def test_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    assert "no runs yet" in runs_text([])


def test_a_run_of_an_earlier_version_is_listed(tmp_path: Path) -> None:
    paths = RunPaths("old", tmp_path)
    writer = MetricsWriter(paths.metrics)
    writer.write(500, {"rollout/ep_rew_mean": 3.0, "rollout/success_rate": 0.5})
    writer.close()
    paths.config.write_text(json.dumps({"scenario": "memory", "timesteps": 900}))
    (row,) = list_runs(tmp_path)
    assert (row.stage, row.timesteps, row.total) == ("unknown", 500, 900)
    assert (row.mean_reward, row.success_rate, row.scenario) == (3.0, 0.5, "memory")


def test_one_run_in_full(tmp_path: Path) -> None:
    paths = _run(tmp_path, "walk", [1.0])
    details = run_details(paths)
    assert details.settings["experiment_name"] == "walk"
    assert details.metrics["rollout/ep_rew_mean"] == 1.0
    assert "walk" in details_text(details)
    assert json.loads(details_json(details))["row"]["stage"] == "done"
    with pytest.raises(UsageError, match=r"no run 'none' in .*there are walk"):
        run_details(RunPaths("none", tmp_path))


def test_runs_side_by_side(tmp_path: Path) -> None:
    runs = [
        _run(tmp_path, "a", [1.0, 2.0, 3.0, 4.0], algorithm={"name": "ppo", "gamma": 0.9}),
        _run(tmp_path, "b", [5.0, 6.0], algorithm={"name": "ppo", "gamma": 0.99}),
    ]
    found = compare_runs(runs, points=2)
    assert found.settings == {"algorithm.gamma": {"a": 0.9, "b": 0.99}}
    # Up to the end of the shorter one.
    assert found.timesteps == (1000, 2000)
    assert found.metrics == {"rollout/ep_rew_mean": {"a": [1.0, 2.0], "b": [5.0, 6.0]}}
    text = comparison_text(found)
    assert "algorithm.gamma" in text
    assert "rollout/ep_rew_mean at" in text
    assert json.loads(comparison_json(found))["timesteps"] == [1000, 2000]
    same = compare_runs(runs[:1])
    assert comparison_text(same).startswith("the runs have the same settings")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.2, "3 s"), (185, "3 min 05 s"), (7800, "2 h 10 min"), (400_000, "4 d")],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert span(seconds) == text
