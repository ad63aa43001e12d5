"""The search with trials that need no engine: values, pruning, failures, Ctrl-C, going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from rl_training.errors import ConfigError, UsageError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.studies.tune.study import open_storage, saved_plan
from rl_training.studies.tune.trials import TrialRun
from tests.python.studies.tune.searches import (
    fake_command,
    make_plan,
    make_study,
    search,
)

pytestmark = pytest.mark.usefixtures("no_process_left")
SLOW = {"settings": {"parameters": {"slow": 2}}}


def test_trials_are_ordinary_runs_and_the_base_settings_are_the_first(tmp_path: Path) -> None:
    study = make_study(make_plan(tmp_path), tmp_path)
    assert search(study, tmp_path, trials=4) is False
    rows = study.rows
    assert [row.state for row in rows] == ["complete"] * 4
    assert [row.is_base for row in rows] == [True, False, False, False]
    assert rows[0].chosen == {
        "algorithm.learning_rate": 1e-3,
        "algorithm.n_epochs": 6,
        "network.net_arch": "[64, 64]",
    }
    assert rows[0].value == 1.0
    assert [row.run for row in rows] == ["s_t000", "s_t001", "s_t002", "s_t003"]
    assert rows[1].evaluations.keys() == set(range(1, 11))
    assert rows[1].timesteps == 100
    paths = RunPaths("s_t001", tmp_path)
    saved = json.loads(paths.config.read_text())
    assert saved["seed"] == 1
    assert saved["algorithm"]["learning_rate"] == rows[1].chosen["algorithm.learning_rate"]
    status = read_status(paths.status)
    assert status is not None
    assert status.stage == "done"


@pytest.mark.parametrize(("value", "wanted"), [("last", 1.0), ("best", 1.0), ("mean", 0.55)])
def test_what_a_trial_is_judged_by(tmp_path: Path, value: str, wanted: float) -> None:
    study = make_study(make_plan(tmp_path, value=value), tmp_path)
    search(study, tmp_path, trials=1)
    assert study.rows[0].value == pytest.approx(wanted)


@pytest.mark.parametrize("pruner", ["median", "asha"])
def test_a_bad_trial_is_ended_early_and_its_run_is_saved(tmp_path: Path, pruner: str) -> None:
    space = {
        "algorithm.learning_rate": {"choice": [1e-3, 1e-5]},
        "parameters.slow": {"choice": [0, 6]},
    }
    settings = {"parameters": {"slow": 0}}
    plan = make_plan(tmp_path, space, pruner=pruner, startup=1, settings=settings)
    study = make_study(plan, tmp_path)
    study._study.enqueue_trial({"algorithm.learning_rate": 1e-5, "parameters.slow": 6})
    search(study, tmp_path, trials=2)
    good, bad = study.rows
    assert (good.state, bad.state) == ("complete", "pruned")
    assert max(bad.evaluations) == 6
    assert bad.value == bad.evaluations[6]
    paths = RunPaths("s_t001", tmp_path)
    assert paths.checkpoints() == [paths.step_model(60)]
    status = read_status(paths.status)
    assert status is not None
    assert status.stage == "stopped"


def test_a_failed_trial_does_not_end_the_study(tmp_path: Path) -> None:
    space = {"algorithm.learning_rate": {"choice": [1e-3, 0.9]}}
    study = make_study(make_plan(tmp_path, space), tmp_path)
    study._study.enqueue_trial({"algorithm.learning_rate": 0.9})
    study._study.enqueue_trial({"algorithm.learning_rate": 1e-3})
    search(study, tmp_path, trials=3)
    rows = study.rows
    assert [row.state for row in rows] == ["complete", "failed", "complete"]
    assert rows[1].reason == "the engine ended before it connected"


def test_settings_that_do_not_fit_together_fail_their_trial_only(tmp_path: Path) -> None:
    space = {"actions.log_std_init": {"choice": [-0.5, -3.0]}}
    study = make_study(make_plan(tmp_path, space), tmp_path)
    study._study.enqueue_trial({"actions.log_std_init": -3.0})
    search(study, tmp_path, trials=2)
    assert [row.state for row in study.rows] == ["complete", "failed"]
    assert "log_std_final must be at most log_std_init" in study.rows[1].reason


def test_a_search_in_which_nothing_works_says_why(tmp_path: Path) -> None:
    space = {"algorithm.learning_rate": {"float": [0.6, 0.9]}}
    study = make_study(make_plan(tmp_path, space), tmp_path)
    with pytest.raises(UsageError, match="the first 3 trials all failed: the engine ended"):
        search(study, tmp_path, trials=20)
    assert len(study.rows) == 3


def test_a_study_goes_on_by_its_name(tmp_path: Path) -> None:
    search(make_study(make_plan(tmp_path), tmp_path), tmp_path, trials=2)
    again = make_study(make_plan(tmp_path), tmp_path)
    search(again, tmp_path, trials=3)
    assert [row.state for row in again.rows] == ["complete"] * 3
    storage = open_storage(None, tmp_path / "studies" / "s")
    assert saved_plan("other", storage) is None
    plan = saved_plan("s", storage)
    assert plan is not None
    assert plan.differences(make_plan(tmp_path)) == []


def test_another_search_of_the_name_is_refused(tmp_path: Path) -> None:
    make_study(make_plan(tmp_path), tmp_path)
    other = make_plan(tmp_path, settings={"training": {"timesteps": 200}})
    with pytest.raises(UsageError, match="timesteps: 100, not 200"):
        make_study(other, tmp_path)
    elsewhere = make_plan(tmp_path / "elsewhere", sampler="random")
    assert make_study(elsewhere, tmp_path).plan is elsewhere


@pytest.mark.parametrize("storage", ["sqlite:///{tmp}/study.db", "{tmp}/shared/study.journal"])
def test_storages_that_are_named(tmp_path: Path, storage: str) -> None:
    where = storage.format(tmp=tmp_path)
    study = make_study(make_plan(tmp_path), tmp_path, where)
    search(study, tmp_path, trials=1)
    assert [row.value for row in make_study(make_plan(tmp_path), tmp_path, where).rows] == [1.0]
    assert not (tmp_path / "studies" / "s" / "trials.journal").exists()


def test_a_storage_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--storage nosuch://"):
        open_storage("nosuch://host/db", tmp_path)


def test_trials_beside_each_other(tmp_path: Path) -> None:
    study = make_study(make_plan(tmp_path), tmp_path)
    search(study, tmp_path, trials=4, n_jobs=2, port=12790)
    assert [row.state for row in study.rows] == ["complete"] * 4
    folder = tmp_path / "studies" / "s" / "trials"
    engines = make_plan(tmp_path).config.environment.num_envs
    ports = {
        yaml.safe_load(path.read_text())["environment"]["port"] for path in folder.glob("*.yaml")
    }
    assert ports == {12790, 12790 + engines + 1}


def test_no_trial_begins_after_the_timeout(tmp_path: Path) -> None:
    study = make_study(make_plan(tmp_path), tmp_path)
    search(study, tmp_path, trials=5, timeout_s=0.0)
    assert study.begun == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_saves_and_the_next_call_goes_on(tmp_path: Path) -> None:
    study = make_study(make_plan(tmp_path, **SLOW), tmp_path)
    watcher = _when(
        RunPaths("s_t000", tmp_path).metrics, lambda: os.kill(os.getpid(), signal.SIGINT)
    )
    assert search(study, tmp_path, trials=2) is True
    watcher.join(timeout=60)
    row = study.rows[0]
    assert row.state == "running"
    assert RunPaths("s_t000", tmp_path).checkpoints() != []
    seen = dict(row.evaluations)
    assert 0 < len(seen) < 10

    # As if the interrupted process were gone: another one takes the trial over.
    study._study._storage.set_trial_user_attr(
        study._study.trials[0]._trial_id, "owner", _a_process_that_is_gone()
    )
    again = make_study(make_plan(tmp_path, **SLOW), tmp_path)
    again.plan = make_plan(tmp_path)  # whose trials do not wait
    search(again, tmp_path, trials=1)
    row = again.rows[0]
    assert row.state == "complete"
    assert row.evaluations.keys() == set(range(1, 11))
    steps = [line["timesteps"] for line in read_metrics(RunPaths("s_t000", tmp_path).metrics)]
    assert steps == [10 * number for number in range(1, 11)]


def test_a_trial_of_a_living_search_is_left_alone(tmp_path: Path) -> None:
    study = make_study(make_plan(tmp_path), tmp_path)
    study.ask()
    assert make_study(make_plan(tmp_path), tmp_path).abandoned() == []


def test_an_earlier_run_of_a_trials_name_is_not_taken_for_it(tmp_path: Path) -> None:
    search(make_study(make_plan(tmp_path), tmp_path), tmp_path, trials=1)
    (tmp_path / "studies" / "s" / "trials.journal").unlink()
    study = make_study(make_plan(tmp_path, {"algorithm.n_epochs": {"int": [2, 4]}}), tmp_path)
    search(study, tmp_path, trials=1)
    assert study.rows[0].evaluations.keys() == set(range(1, 11))
    assert list((tmp_path / "logs" / "archive").iterdir()) != []


def test_a_killed_trial_leaves_nothing(tmp_path: Path) -> None:
    config = make_plan(tmp_path, **SLOW).trial_config(0, {})
    (tmp_path / "t").mkdir()
    run = TrialRun(config, tmp_path / "t", fake_command)
    run.start()
    _wait_for(run.paths.metrics)
    run.kill()
    run.kill()
    assert run.is_over


def test_the_plan_needs_evaluations_in_time() -> None:
    with pytest.raises(ConfigError, match="every is 500, but a trial ends after 100"):
        make_plan(Path(), settings={"evaluation": {"every": 500}})


def test_a_base_outside_of_the_space_is_no_trial(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, {"algorithm.learning_rate": {"log": [2e-3, 1e-2]}})
    assert plan.outside == ("algorithm.learning_rate",)
    assert make_study(plan, tmp_path).rows == []


def _a_process_that_is_gone() -> dict[str, object]:
    import platform

    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return {"machine": platform.node(), "pid": done.pid, "started": 0.0}


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.is_file() or not file.read_text():
        assert time.monotonic() < deadline, f"{file} never came"
        time.sleep(0.02)


def _when(file: Path, then: object) -> threading.Thread:
    def wait() -> None:
        _wait_for(file)
        assert callable(then)
        then()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread
