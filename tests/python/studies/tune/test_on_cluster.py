"""`tune --backend ray`: trials in actors, their runs and results here; no Ray, nothing learns."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands.running import run_main
from rl_training.commands.tune import main
from rl_training.config.sections import ClusterSettings
from rl_training.runs.paths import RunPaths
from rl_training.studies.tune.plan import SearchPlan
from rl_training.studies.tune.remote_trials import RemoteTrials, trials_on_cluster
from rl_training.studies.tune.search import Extent, Search
from rl_training.studies.tune.study import TrialRow
from rl_training.studies.tune.trial_actor import TrialActor
from tests.python.envs.cluster.small_ray import SmallRay, small_ray
from tests.python.studies.tune.searches import fake_command, make_plan, make_study

pytestmark = pytest.mark.usefixtures("no_process_left")

CLUSTER = ClusterSettings(backend="ray")
RATES = {"algorithm.learning_rate": {"choice": [1e-3, 1e-4, 1e-5]}}


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    monkeypatch.setattr(TrialActor, "command", staticmethod(fake_command))
    monkeypatch.setattr(RemoteTrials, "look_each_s", 0.02)
    with small_ray(monkeypatch, "rl_training.studies.tune.remote_trials") as ray:
        yield ray


@pytest.fixture
def game(fake_game: Callable[..., str]) -> dict[str, Any]:
    """Return settings of a game for which no engine is looked for."""
    return {"environment": {"env_path": fake_game(), "num_envs": 2}}


def searched(plan: SearchPlan, root: Path, rates: list[float], **changes: Any) -> list[TrialRow]:
    """Search on a cluster; return the trials."""
    study = make_study(plan, root)
    for rate in rates:
        study._study.enqueue_trial({"algorithm.learning_rate": rate})
    folder = root / "studies" / plan.name / "trials"
    places = changes.pop("places", 2)
    with trials_on_cluster(plan.config, CLUSTER, places, folder) as begin:
        extent = Extent(trials=len(rates) + 1, n_jobs=places, folder=folder, **changes)
        assert Search(study, extent, begin=begin).run() is False
    return study.rows


def test_trials_are_those_of_one_machine_and_their_runs_are_here(
    tmp_path: Path, ray: SmallRay, game: dict[str, Any]
) -> None:
    plan = make_plan(tmp_path, RATES, settings=game)
    rows = searched(plan, tmp_path, [1e-4, 1e-5])
    assert [row.state for row in rows] == ["complete"] * 3, [row.reason for row in rows]
    # The base settings first, then as asked for: what `fake_trial` scores.
    assert [row.value for row in rows] == pytest.approx([1.0, 2 / 3, 1 / 3])
    assert [row.timesteps for row in rows] == [100] * 3
    assert len(ray.actors) == 2
    for row in rows:
        paths = RunPaths(row.run, tmp_path)
        assert paths.checkpoints() == [paths.step_model(100)]
        assert json.loads(paths.config.read_text())["run_root"] == str(tmp_path)
        assert paths.metrics.is_file()
        assert (tmp_path / "studies" / "s" / "trials" / f"{row.run}.log").is_file()


def test_a_trial_whose_actor_is_lost_is_trained_once_more(
    tmp_path: Path, ray: SmallRay, game: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(tmp_path, RATES, settings=game)
    real, left = TrialActor.answer, [1]

    def lost(actor: TrialActor, name: str, data: Any) -> Any:
        if name == "look" and left[0]:
            left[0] -= 1
            ray.actors[-1].die()
            raise ray.exceptions.RayActorError("The node has died")
        return real(actor, name, data)

    monkeypatch.setattr(TrialActor, "answer", lost)
    rows = searched(plan, tmp_path, [], places=1)
    assert [row.state for row in rows] == ["complete"]
    assert len(ray.actors) == 2
    left[0] = 2
    again = make_plan(tmp_path, RATES, settings=game, name="twice")
    rows = searched(again, tmp_path, [], places=1)
    assert [row.state for row in rows] == ["failed"]
    assert "was lost" in rows[0].reason


@pytest.mark.nightly
def test_a_bad_trial_is_pruned_where_it_trains(
    tmp_path: Path, ray: SmallRay, game: dict[str, Any]
) -> None:
    space = {
        "algorithm.learning_rate": {"choice": [1e-3, 1e-5]},
        "parameters.slow": {"choice": [0, 6]},
    }
    settings = {**game, "parameters": {"slow": 0}}
    plan = make_plan(tmp_path, space, pruner="median", startup=1, settings=settings)
    study = make_study(plan, tmp_path)
    study._study.enqueue_trial({"algorithm.learning_rate": 1e-5, "parameters.slow": 6})
    folder = tmp_path / "studies" / "s" / "trials"
    with trials_on_cluster(plan.config, CLUSTER, 1, folder) as begin:
        Search(study, Extent(trials=2, n_jobs=1, folder=folder), begin=begin).run()
    good, bad = study.rows
    assert (good.state, bad.state) == ("complete", "pruned")
    paths = RunPaths("s_t001", tmp_path)
    assert paths.checkpoints() == [paths.step_model(60)]


@pytest.mark.nightly
def test_an_interrupted_trial_goes_on_from_its_checkpoint(
    tmp_path: Path, ray: SmallRay, game: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    settings = {**game, "parameters": {"slow": 2}}
    plan = make_plan(tmp_path, RATES, settings=settings)
    # As Ray does in its workers; what they start inherits it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    request.addfinalizer(lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before))
    base = {"algorithm.learning_rate": 1e-3}

    def until(done: Callable[[], bool]) -> None:
        while not done():
            time.sleep(0.02)

    with trials_on_cluster(plan.config, CLUSTER, 1, tmp_path / "trials") as begin:
        first = begin(plan.trial_config(0, base), 0)
        first.start()
        seen: list[int] = []

        def two_are_told() -> bool:
            assert not first.is_over, first.failure
            seen.extend(each.timesteps for each in first.new_evaluations())
            return len(seen) == 2

        until(two_are_told)
        first.interrupt()
        until(lambda: first.is_over)
        first.close()
        assert first.failure == ""
        assert first.was_stopped
        paths = RunPaths("s_t000", tmp_path)
        assert paths.checkpoints() == [paths.step_model(20)]
        quick = plan.trial_config(0, base).replace({"parameters": {"slow": 0}})
        second = begin(quick, 0)
        second.start(resume=True)
        until(lambda: second.is_over)
        second.close()
        assert second.timesteps == 100
        assert [each.timesteps for each in second.new_evaluations()] == list(range(10, 110, 10))


def test_what_is_of_trainings_over_a_cluster_is_refused(
    tmp_path: Path, ray: SmallRay, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--scenario", "memory", "--backend", "ray", "--run_root", str(tmp_path)]
    assert run_main(lambda: main([*words, "--engines_per_actor", "3"])) == 2
    assert "--engines_per_actor goes with a training" in capsys.readouterr().err
    assert ray.actors == []


@pytest.mark.nightly
def test_nothing_is_left_on_the_node(tmp_path: Path, ray: SmallRay, game: dict[str, Any]) -> None:
    own = tmp_path / "node"
    own.mkdir()
    plan = make_plan(tmp_path, RATES, settings=game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(own))
        searched(plan, tmp_path, [], places=1)
    assert list(own.iterdir()) == []
