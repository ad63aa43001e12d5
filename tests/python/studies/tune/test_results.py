"""What a search leaves: the table, the best settings that `train --config` takes, pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rl_training.config.layers import file_layer
from rl_training.studies.tune.pictures import draw
from rl_training.studies.tune.plan import SearchPlan
from rl_training.studies.tune.results import (
    as_data,
    best_row,
    best_settings,
    ranking,
    table,
    write_results,
)
from rl_training.studies.tune.study import TrialRow
from rl_training.training.configuration import resolve_run
from tests.python.studies.tune.searches import make_plan, make_study, search

CHOSEN: dict[str, Any] = {
    "algorithm.learning_rate": 0.002,
    "algorithm.n_epochs": 4,
    "network.net_arch": "[32]",
}


def row(number: int, value: float | None, state: Any = "complete", **changes: Any) -> TrialRow:
    settings: dict[str, Any] = {
        "chosen": {**CHOSEN, "algorithm.n_epochs": 2 + number % 6},
        "evaluations": {} if value is None else {1: value / 2, 2: value},
        "timesteps": 100,
        "seconds": 61.0,
    }
    return TrialRow(number, state, value=value, **{**settings, **changes})


ROWS = [
    row(0, 0.5, is_base=True),
    row(1, 0.9),
    row(2, 0.95, "pruned"),
    row(3, None, "failed", reason="no engine"),
    row(4, None, "running"),
    *(row(number, 0.5 + 0.03 * number) for number in range(5, 14)),
]


def test_the_best_is_a_finished_trial(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    best = best_row(plan, ROWS[:5])
    assert best is not None
    assert best.number == 1
    assert [each.number for each in ranking(plan, ROWS[:5])] == [1, 0, 2, 4, 3]
    assert best_row(plan, ROWS[3:5]) is None


def test_less_is_better_for_some_metrics(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, settings={"evaluation": {"metric": "collisions"}})
    assert plan.higher_is_better is False
    best = best_row(plan, ROWS[:5])
    assert best is not None
    assert best.number == 0


def test_the_table(tmp_path: Path) -> None:
    lines = table(make_plan(tmp_path), ROWS, most=3).splitlines()
    assert lines[0].split() == [
        *("trial", "success_rate", "state", "steps", "time"),
        *("learning_rate", "n_epochs", "net_arch"),
    ]
    assert lines[1].split()[:4] == ["1", "0.9", "complete", "100"]
    assert lines[-1] == "... and 11 more"
    assert "0 (base)" in table(make_plan(tmp_path), ROWS)


def _resolved(plan: SearchPlan, tmp_path: Path) -> Any:
    file = tmp_path / "best.yaml"
    file.write_text(best_settings(plan, ROWS[1], "spacetime-rl tune"))
    return file, resolve_run("memory", {}, configs=[file])


def test_the_best_settings_train_as_the_trial_did(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, settings={"parameters": {"width": "uniform(1, 2)"}})
    file, resolved = _resolved(plan, tmp_path)
    config, trial = resolved.config, plan.trial_config(1, ROWS[1].chosen)
    assert config.scenario == "vr_locomotion"
    left_out = {"experiment_name": "", "seed": 0, "run_root": None}
    assert config.replace(left_out) == trial.replace(left_out)
    text = file.read_text()
    assert text.startswith("# The best settings of the study s: trial 1")
    assert "gae_lambda" not in text, "what nobody changed is not written"
    file_layer(file)


def test_the_best_settings_of_another_algorithm_keep_its_defaults(tmp_path: Path) -> None:
    space = {"algorithm.tau": {"log": [0.001, 0.1]}}
    plan = make_plan(tmp_path, space, settings={"algorithm": {"name": "sac"}})
    file = tmp_path / "best.yaml"
    found = row(0, 1.0, chosen={"algorithm.tau": 0.05})
    file.write_text(best_settings(plan, found, "spacetime-rl tune"))
    config = resolve_run("memory", {}, configs=[file]).config
    assert config.algorithm == plan.best_config(found.chosen).algorithm
    assert config.network == plan.config.network


def test_the_files(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    importance = {"algorithm.learning_rate": 0.7, "network.net_arch": 0.3}
    files = write_results(plan, ROWS, importance, tmp_path / "s", ["spacetime-rl", "tune"])
    files += draw(plan, ROWS, importance, tmp_path / "s")
    assert sorted(path.name for path in files) == [
        *("best.yaml", "history.png", "importance.png", "parallel.png"),
        *("trials.json", "trials.txt"),
    ]
    data = json.loads((tmp_path / "s" / "trials.json").read_text())
    assert data["best"] == 1
    assert len(data["trials"]) == len(ROWS)
    for path in files:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert len(picture.convert("L").getcolors(1 << 20) or []) > 20


def test_nothing_is_drawn_of_nothing(tmp_path: Path) -> None:
    assert draw(make_plan(tmp_path), [row(0, None, "failed")], {}, tmp_path) == []


@pytest.mark.parametrize("count", [2, 9])
def test_importance_needs_some_trials(tmp_path: Path, count: int) -> None:
    study = make_study(make_plan(tmp_path, sampler="random"), tmp_path)
    for number in range(count):
        trial = study.ask()
        trial.report(0.1 * number, 1)
        study.complete(trial)
    found = study.importance()
    if count == 2:
        assert found == {}
        return
    assert set(found) == set(study.plan.space.settings)
    assert sum(found.values()) == pytest.approx(1.0)
    assert as_data(study.plan, study.rows, found)["importance"] == found


def test_rows_of_a_search_are_what_the_files_hold(tmp_path: Path) -> None:
    study = make_study(make_plan(tmp_path), tmp_path)
    search(study, tmp_path, trials=2)
    write_results(study.plan, study.rows, {}, tmp_path / "s", ["x"])
    trials = json.loads((tmp_path / "s" / "trials.json").read_text())["trials"]
    assert [trial["run"] for trial in trials] == ["s_t000", "s_t001"]
    assert trials[0]["value"] == study.rows[0].value
