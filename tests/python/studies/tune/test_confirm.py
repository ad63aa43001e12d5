"""Best against base with new seeds: what is trained, what is kept, what is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.runs.paths import RunPaths
from rl_training.studies.tune.confirm import FILE, again_config, comparison, confirm
from tests.python.studies.tune.searches import fake_command, make_plan

pytestmark = pytest.mark.usefixtures("no_process_left")
SPACE = {"algorithm.learning_rate": {"log": [1e-5, 0.9]}}
CHOSEN = {"algorithm.learning_rate": 1e-2}


def test_both_train_with_seeds_and_episodes_that_the_search_has_not_seen(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, SPACE)
    runs = confirm(plan, CHOSEN, 2, tmp_path, fake_command)
    assert [(run.settings, run.run) for run in runs] == [
        ("best", "s_best_s0"),
        ("base", "s_base_s0"),
        ("best", "s_best_s1"),
        ("base", "s_base_s1"),
    ]
    saved = json.loads(RunPaths("s_best_s1", tmp_path).config.read_text())
    assert saved["algorithm"]["learning_rate"] == 1e-2
    assert saved["seed"] not in {plan.trial_config(number, {}).seed for number in range(1000)}
    assert saved["evaluation"]["seed"] != plan.config.evaluation.seed
    assert saved["evaluation"]["episodes"] == 100
    assert saved["evaluation"]["every"] == 100
    assert [run.value for run in runs] == pytest.approx([2 / 3, 1.0, 2 / 3, 1.0])
    lines = comparison(plan, runs).splitlines()
    assert lines[0].split()[:2] == ["settings", "success_rate,"]
    assert lines[1].split() == ["best", "0.6667", "0.6667,", "0.6667"]


def test_what_is_measured_is_kept(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, SPACE)
    first = confirm(plan, CHOSEN, 1, tmp_path, fake_command)
    for name in ("s_best_s0", "s_base_s0"):
        RunPaths(name, tmp_path).metrics.unlink()
    assert confirm(plan, CHOSEN, 1, tmp_path, fake_command) == first
    # Other best settings are trained; the base is the same.
    other = confirm(plan, {"algorithm.learning_rate": 1e-4}, 1, tmp_path, fake_command)
    assert RunPaths("s_best_s0", tmp_path).metrics.is_file()
    assert not RunPaths("s_base_s0", tmp_path).metrics.is_file()
    assert other[1] == first[1]


def test_a_failure_is_told_and_tried_again(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, SPACE)
    runs = confirm(plan, {"algorithm.learning_rate": 0.8}, 1, tmp_path, fake_command)
    assert runs[0].value is None
    assert runs[0].reason == "the engine ended before it connected"
    assert runs[1].value == 1.0
    assert len(json.loads((tmp_path / FILE).read_text())["runs"]) == 2
    assert "best" in comparison(plan, runs)


def test_the_mean_of_evaluations_keeps_their_schedule(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, SPACE, value="mean")
    assert again_config(plan, "base", CHOSEN, 0).evaluation.every == 10
