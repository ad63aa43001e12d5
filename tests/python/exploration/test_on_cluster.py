"""`explore --backend ray`: what one machine finds, from several actors together; no Ray here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.crew import ActorLostError
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError
from rl_training.exploration import exploring_actor, on_cluster
from rl_training.exploration.calibration import Calibration
from rl_training.exploration.explorer import Exploration, calibrated, explore
from rl_training.exploration.merge import merged
from rl_training.exploration.on_cluster import explore_on_cluster
from rl_training.exploration.report import ExplorationReport, make_report
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.strategy import Way
from rl_training.exploration.world import World
from rl_training.play.players import Players
from tests.python.envs.cluster.small_ray import SmallRay, small_ray

pytestmark = pytest.mark.usefixtures("no_process_left")

ONE_EACH = ClusterSettings(backend="ray", engines_per_actor=1)
TOGETHER = ClusterSettings(backend="ray", engines_per_actor=4)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    places = ("rl_training.envs.cluster.jobs", "rl_training.exploration.on_cluster")
    # Everything is told at once: a decision is a stretch.
    monkeypatch.setattr(JobActor, "stretch_s", 0.0)
    monkeypatch.setattr(exploring_actor, "TELL_S", 0.0)
    with small_ray(monkeypatch, *places) as ray:
        yield ray


@pytest.fixture
def game(fake_game: Callable[..., str]) -> Callable[..., EnvSettings]:
    """Return a maker of fake games: two arenas in each engine."""

    def make(num_envs: int = 1, agents: int = 1, **behaviour: Any) -> EnvSettings:
        told = {"episode_length": 20, "cells": 4, "find_step": 4, "transport": "binary2"}
        groups = {"shared_policy": {"agents": agents}}
        path = fake_game(**{**told, "groups": groups, **behaviour})
        return EnvSettings(
            env_path=path,
            num_envs=num_envs,
            arenas=2,
            isolation="worlds",
            port=0,
            max_restarts=9,
        )

    return make


def told(found: Exploration) -> tuple[Any, ...]:
    """Return what a report tells, but for times, and every trail, number by number."""
    times = {"seconds", "decisions_per_s"}
    report = make_report(found, Path()).model_dump(exclude=times)
    for row in report["findings"] + report["unconfirmed"]:
        # How an engine ended is told with its process and its port.
        row["message"] = re.sub(r"\d+", "N", row["message"])
        row["data"] = row["data"] if row["kind"] != "crash" else {}
    trails = [
        [(trail.level, trail.actions.tolist()) for trail in (each.trail, *_candidates(each))]
        for each in found.book.in_order()
    ]
    return report, trails


def _candidates(finding: Any) -> list[Any]:
    """Return the trails that are played to confirm it."""
    return [trail for _, trail in sorted(finding.candidates, key=lambda each: -each[0])[:12]]


@pytest.mark.parametrize("way", ["random", "search", "mixture"])
def test_one_actor_finds_what_one_machine_finds(
    ray: SmallRay, game: Callable[..., EnvSettings], way: Way, policy: Path
) -> None:
    # One engine fails in the middle: the calibration plays less than 150 decisions twice.
    request = ExplorationRequest(
        game(kill_step=320),
        way=way,
        policies=(Players.of(policy),) if way == "mixture" else (),
        decisions=500,
        seed=3,
        noise=0.2,
        burst=4,
        parameters={"difficulty": 0.25},
    )
    here = explore(request)
    there = explore_on_cluster(ONE_EACH, request)
    assert {each.kind for each in here.book.in_order()} == {"planted", "crash"}
    assert told(there) == told(here)
    other = explore_on_cluster(ONE_EACH, replace(request, seed=4))
    assert told(other)[1] != told(here)[1], "what is compared depends on the seed"


@pytest.mark.parametrize("agents", [1, 2])
def test_an_actor_with_all_engines_is_one_machine(
    ray: SmallRay, game: Callable[..., EnvSettings], agents: int
) -> None:
    request = ExplorationRequest(game(num_envs=2, agents=agents), way="search", decisions=200)
    here = explore(request)
    there = explore_on_cluster(TOGETHER, request)
    assert told(there) == told(here)
    # Agents that begin each by itself: the engines are started again with episodes tied together.
    tied = any("were tied together" in note for note in there.notes)
    assert (tied, len(ray.actors)) == ((False, 1) if agents == 1 else (True, 2))


def test_several_actors_add_up_whatever_is_lost(
    ray: SmallRay, game: Callable[..., EnvSettings]
) -> None:
    settings = game(num_envs=3)
    request = ExplorationRequest(settings, way="search", decisions=301, burst=4)
    progress: list[tuple[int, int]] = []
    cluster = ClusterSettings(backend="ray", engines_per_actor=2)
    whole = explore_on_cluster(cluster, request, lambda *now: progress.append(now))
    assert len(ray.actors) == 2
    ray.actors.clear()

    def lose(decisions: int, _findings: int) -> None:
        if decisions >= 150 and len(ray.actors) == 2:
            ray.actors[0].die()

    lost = explore_on_cluster(cluster, request, lose)
    assert len(ray.actors) == 3  # two, and the lost one's successor
    assert told(lost) == told(whole)

    # Two engines of three get two thirds; the last decision is one of all arenas that play.
    assert sum(whole.shares) == whole.decisions == progress[-1][0]
    assert 0 <= whole.shares[0] - 200 < 4
    assert 0 <= whole.shares[1] - 101 < 2
    assert [now for now, _ in progress] == sorted(now for now, _ in progress)
    assert (whole.arenas, progress[-1][1]) == (6, 1)
    # Each job is an exploration with its own share of levels and its own random numbers.
    parts = [
        explore(replace(request, game=replace(settings, num_envs=n), decisions=d, job=j, jobs=2))
        for j, (n, d) in enumerate([(2, 200), (1, 101)])
    ]
    (planted,) = whole.book.in_order()
    ones = [part.book.in_order()[0] for part in parts]
    assert planted.count == sum(one.count for one in ones)
    assert planted.episodes == sum(one.episodes for one in ones)
    assert (planted.step, planted.job) == min((one.step, job) for job, one in enumerate(ones))
    assert whole.episodes == {"search": sum(part.total_episodes for part in parts)}
    assert whole.returns.tried == sum(part.returns.tried for part in parts) > 0
    assert len(whole.archive) == sum(len(part.archive) for part in parts)


def test_a_finding_is_told_with_the_job_that_saw_it(
    ray: SmallRay, game: Callable[..., EnvSettings]
) -> None:
    # Only the first engine fails.
    settings = game(num_envs=2, only_first=True, kill_step=320)
    found = explore_on_cluster(ONE_EACH, ExplorationRequest(settings, way="random", decisions=800))
    planted, crash = found.book.in_order()
    assert (planted.kind, planted.job, planted.step) == ("planted", 0, 8)
    assert (crash.kind, crash.job) == ("crash", 0)
    assert crash.step <= found.shares[0]


def test_the_levels_are_dealt_out(
    ray: SmallRay, game: Callable[..., EnvSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ExplorationRequest(game(num_envs=2), way="search", decisions=400, burst=4)
    whole = explore_on_cluster(ONE_EACH, request)
    levels = {request.level(number, search=True) for number in range(4)}
    assert {level for level, _ in whole.archive.ways} == levels
    sent: list[Exploration] = []

    def keep(*told: Any) -> Exploration:
        sent.extend(told[2])
        return merged(*told)

    monkeypatch.setattr(on_cluster, "merged", keep)
    explore_on_cluster(ONE_EACH, request)
    first, second = ({level for level, _ in part.archive.ways} for part in sent)
    assert (len(first), len(second), first & second) == (2, 2, set())


def test_all_actors_calibrate_with_the_same_actions(
    ray: SmallRay, game: Callable[..., EnvSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds: list[int] = []
    played: list[list[float]] = []

    def calibrate(request: ExplorationRequest, world: World, most_arenas: int) -> Calibration:
        worlds.append(world.arenas)
        step = world.step

        def noted(actions: Any) -> Any:
            assert (actions == actions[0]).all(), "all arenas do the same"
            played[-1] += actions[0].tolist()
            return step(actions)

        played.append([])
        monkeypatch.setattr(world, "step", noted)
        found = calibrated(request, world, most_arenas)
        monkeypatch.setattr(world, "step", step)
        return found

    monkeypatch.setattr(exploring_actor, "calibrated", calibrate)
    request = ExplorationRequest(game(num_envs=3), way="random", decisions=30)
    explore_on_cluster(ClusterSettings(backend="ray", engines_per_actor=2), request)
    assert worlds == [4, 2]
    assert played[0] == played[1]
    assert len(set(played[0])) > 20


def test_what_was_found_is_told_when_too_many_are_lost(
    ray: SmallRay, game: Callable[..., EnvSettings]
) -> None:
    request = ExplorationRequest(game(num_envs=2), way="random", decisions=200)
    begun = False

    def lose(decisions: int, _findings: int) -> None:
        # The second actor ends while the first one plays again; then that is lost each time that
        # it goes beyond what it had played.
        nonlocal begun
        if (not begun and decisions >= 180) or decisions > 192:
            begun = True
            next(actor for actor in ray.actors if actor.first == 0 and not actor.is_dead).die()

    found = explore_on_cluster(ONE_EACH, request, lose)
    assert found.shares == (100,)
    assert found.stopped.startswith("actor 0 (engine 0")
    assert "was lost" in found.stopped
    assert [each.kind for each in found.book.in_order()] == ["planted"]

    def lose_all(_decisions: int, _findings: int) -> None:
        for actor in ray.actors:
            if not actor.is_dead:
                actor.die()

    with pytest.raises(ActorLostError, match="was lost"):
        explore_on_cluster(ONE_EACH, request, lose_all)


def test_the_command_confirms_and_reports_what_actors_found(
    ray: SmallRay, game: Callable[..., EnvSettings], tmp_path: Path, run: Callable[..., Any]
) -> None:
    path = game().env_path
    words = ["--env_path", path, "--way", "random", "--num_envs", "2", "--arenas", "2"]
    words += ["--decisions", "200", "--output", str(tmp_path / "out"), "--budget_ms", "0"]
    code, text, _ = run("commands.explore", *words, "--backend", "ray", "--engines_per_actor", "1")
    assert code == 1
    assert len(ray.actors) == 2
    report = ExplorationReport.load(tmp_path / "out/report.json")
    (row,) = report.findings
    assert (row.kind, row.confirmed, report.jobs) == ("planted", True, [100, 100])
    assert row.first_step <= 8
    assert "200 decisions of 2 jobs" in text
    assert f"first at decision {row.first_step} of job {row.job}" in text
    page = (tmp_path / "out/report.md").read_text()
    assert "2 jobs played beside each other" in page
    assert f"first after {row.first_step} decisions of job {row.job}" in page


def test_wrong_use_is_one_line(
    ray: SmallRay, game: Callable[..., EnvSettings], tmp_path: Path, run: Callable[..., Any]
) -> None:
    where = ["--env_path", str(game().env_path), "--output", str(tmp_path / "out")]
    for words, line in (
        (
            ["--backend", "ray", "--num_envs", "3", "--decisions", "2"],
            "2 decisions cannot be split over 3 engines: give more --decisions, or fewer "
            "--num_envs",
        ),
        (["--address", "10.0.0.1:6379"], "the engines run locally: add --backend ray"),
        (["--backend", "ray", "--nodes", "2"], "give the cluster's --address"),
        (["--backend", "ray", "--model", "gone.onnx"], "cannot read gone.onnx"),
    ):
        code, _, err = run("commands.explore", *where, *words)
        assert (code, line in err, err.count("\n")) == (2, True, 1), err
    assert ray.actors == []
    with pytest.raises(ConfigError, match="job 2 of 2"):
        ExplorationRequest(game(), job=2, jobs=2)
