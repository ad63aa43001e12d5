"""What every scenario must be, found by discovery: a new one is tested as soon as it is there.

The scenario `custom` has no scene of its own and is left out.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from rl_training.commands import evaluate as evaluate_command
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.report import EvaluationReport
from rl_training.play.players import RANDOM
from rl_training.scenarios import get_scenario
from tests.python.scenarios.conformance import (
    REPOSITORY,
    Seen,
    limit_of,
    open_scene,
    play,
    played_tonight,
    scenes,
)

REPEATED = 200
"""Decisions that are played again."""
BASELINES = sorted((REPOSITORY / "baselines").glob("*_baseline.json"))

engine = [pytest.mark.engine, pytest.mark.timeout(900)]
every_scenario = pytest.mark.parametrize("name", scenes())
SLOW = ("physics_stress", "pixel_target", "spacecraft_landing", "voxel_stress")
"""Scenarios whose thousand decisions take long: they are played in the nightly."""
every_scene = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.nightly if name in SLOW else ()) for name in scenes()],
)


@functools.cache
def played(name: str) -> tuple[dict[str, Seen], dict[str, Seen], dict[str, Seen]]:
    """Play a scenario in two arenas: at length, the same again, and with other actions."""
    with open_scene(name, arenas=2) as env:
        decisions = max(1000, limit_of(get_scenario(name)) + 50)
        return play(env, 2, decisions), play(env, 2, REPEATED), play(env, 2, REPEATED, 1)


@pytest.fixture(autouse=True, scope="module")
def forget() -> Iterator[None]:
    yield
    played.cache_clear()


def same(one: Seen, other: Seen, rows: list[int], of_other: list[int], decisions: int) -> None:
    """Require that some agents saw the same as others for so many decisions.

    An empty seat sees nothing.
    """
    until = slice(decisions + 1)
    there = one.present[until, rows]
    np.testing.assert_array_equal(there, other.present[until, of_other])
    np.testing.assert_array_equal(one.ends[:decisions, rows], other.ends[:decisions, of_other])
    np.testing.assert_array_equal(
        one.rewards[:decisions, rows], other.rewards[:decisions, of_other]
    )
    for key, array in one.observations.items():
        np.testing.assert_array_equal(
            array[until, rows][there], other.observations[key][until, of_other][there], key
        )


class TestEveryScenario:
    pytestmark: ClassVar = [*engine, every_scene]

    def test_its_spaces_are_those_that_come(self, name: str) -> None:
        for seen in played(name)[0].values():
            spaces = seen.group.observation_space
            assert set(spaces.spaces) == set(seen.observations)
            for key, array in seen.observations.items():
                space = spaces[key]
                assert space.shape is not None
                assert (array.shape[2:], array.dtype) == (space.shape, space.dtype), key
                # Floats about [-1, 1] may lie outside of it: godot-rl's bounds are nominal.
                if space.dtype != np.float32:
                    assert all(space.contains(row) for row in array[::50].reshape(-1, *space.shape))
                named = seen.names[key]
                assert len(set(named)) == len(named)
                assert len(named) in (0, math.prod(space.shape))

    def test_a_thousand_random_decisions_are_finite(self, name: str) -> None:
        for seen in played(name)[0].values():
            assert len(seen.rewards) >= 1000
            assert np.isfinite(seen.rewards).all()
            for key, array in seen.observations.items():
                assert np.isfinite(array.astype(np.float64)).all(), key

    def test_its_episodes_end_and_tell_what_the_scenario_names(self, name: str) -> None:
        scenario = get_scenario(name)
        for seen in played(name)[0].values():
            always = seen.present.all(axis=0)
            stays = always if always.any() else seen.present.any(axis=0)
            assert seen.ends[:, stays].any(axis=0).all()
            told = [info for info in seen.infos if "metrics" in info]
            assert told
            for info in told:
                assert set(info["metrics"]) >= {metric.name for metric in scenario.metrics}
                assert set(info["reward_terms"]) == set(scenario.reward_terms)
                assert isinstance(info["is_success"], bool)

    def test_the_same_seed_is_the_same_trajectory(self, name: str) -> None:
        first, again, _ = played(name)
        for group, seen in first.items():
            rows = list(range(len(seen.group.agents)))
            same(seen, again[group], rows, rows, REPEATED)

    def test_other_actions_are_another_trajectory(self, name: str) -> None:
        first, _, other = played(name)
        for group, seen in first.items():
            # What is seen may not depend on what is done; then what is earned does.
            assert (seen.rewards[:REPEATED] != other[group].rewards).any() or any(
                (array[: REPEATED + 1] != other[group].observations[key]).any()
                for key, array in seen.observations.items()
            )

    def test_neither_the_arena_nor_their_number_changes_anything(self, name: str) -> None:
        two = played(name)[0]
        for seen in two.values():
            same(seen, seen, seen.rows(0), seen.rows(1), len(seen.rewards))
        with open_scene(name, arenas=1) as env:
            one = play(env, 1, REPEATED)
        for group, seen in two.items():
            same(seen, one[group], seen.rows(1), one[group].rows(0), REPEATED)


@every_scenario
def test_its_page_tells_what_there_is(name: str) -> None:
    scenario = get_scenario(name)
    text = _page(name).read_text(encoding="utf-8")
    for what in (*scenario.reward_terms, *(metric.name for metric in scenario.metrics)):
        assert f"`{what}`" in text, f"{what} is not in {_page(name)}"
    assert re.search(r"!\[[^\]]+\]\([^)]+\.(png|gif|jpg|webp)\)", text), "it has no picture"
    for bug in scenario.planted_bugs:
        assert f"`{bug}`" in text, f"{bug} is not in {_page(name)}"


def _page(name: str) -> Path:
    """Return the README.md of a scenario: beside its scene, or in the folder of its name there."""
    scene = get_scenario(name).scene_path
    assert scene is not None
    folder = (REPOSITORY / scene.removeprefix("res://")).parent
    pages = [folder / "README.md", folder / name / "README.md"]
    found = [page for page in pages if page.is_file()]
    assert found, f"none of {', '.join(str(page) for page in pages)} is there"
    return found[0]


@every_scenario
def test_its_planted_bugs_are_parameters_with_kinds(name: str) -> None:
    for bug, kind in get_scenario(name).planted_bugs.items():
        assert bug.startswith("bug_")
        assert re.fullmatch(r"[a-z][a-z0-9_]*", kind)


@pytest.mark.engine
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", played_tonight(BASELINES), ids=lambda path: path.stem)
def test_a_random_and_a_trained_policy_differ(path: Path) -> None:
    request, _ = evaluate_command.parse(["--like", str(path), "--episodes", "20"])
    trained = _returns(evaluate(request))
    by_chance = replace(request, model=RANDOM, in_engine=False, actions="deterministic")
    random = _returns(evaluate(by_chance))
    # Where one side of a game wins what the other loses, one of them gains from training.
    assert any(
        np.mean(trained[policy]) > np.mean(random[policy]) + np.std(random[policy]) / 2.0
        for policy in trained
    )


def _returns(report: EvaluationReport) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for row in report.episodes:
        found.setdefault(row.policy, []).append(row.episode_return)
    return found
