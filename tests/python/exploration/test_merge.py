"""What several jobs found, as one exploration; and how the levels are dealt to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.envs.settings import EnvSettings
from rl_training.exploration.archive import Archive, Visited
from rl_training.exploration.calibration import Calibration
from rl_training.exploration.cells import CellMap
from rl_training.exploration.explorer import Exploration
from rl_training.exploration.findings import MOST_OF_A_KIND, FindingBook, Sighting
from rl_training.exploration.lane import Returns
from rl_training.exploration.limits import Limits
from rl_training.exploration.merge import merged, merged_books
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.trail import Trail

GAME = EnvSettings(env_path="game")


def book(*seen: tuple[str, int, int, bool]) -> FindingBook:
    """Make a book of sightings: message, step, length of the trail, whether it is certain."""
    made = FindingBook()
    for episode, (message, step, length, certain) in enumerate(seen):
        sighting = Sighting("bump", message, length - 1, certain=certain, weight=step)
        trail = Trail(step, np.zeros((length, 1)))
        made.add(sighting, trail, step=step, episode=episode, way="random")
    return made


def measured(*, seen: tuple[int, ...] = (1, 2, 3), **other: Any) -> Calibration:
    told: dict[str, Any] = {
        "limits": Limits(slow_ms=12.0),
        "cells": CellMap("place", 2.0),
        "steady": np.array([True, True]),
        "repeats": True,
        "first_difference": "",
        "decisions": 300,
        "tick_ms": 1.5,
        "spread_ms": 0.2,
    }
    return Calibration(**{**told, **other}, seen=seen)


def job(number: int, found: FindingBook, **other: Any) -> Exploration:
    request = ExplorationRequest(GAME, job=number, jobs=2)
    return Exploration(request, measured(), found, Archive(), Returns(), **other)


def test_the_same_finding_of_two_jobs_counts_once() -> None:
    first = book(("door", 70, 9, True), ("wall 7", 90, 5, True), ("door", 95, 6, True))
    second = book(("wall 31", 40, 8, True))
    whole = merged_books([(0, first), (1, second)])
    wall, door = whole.in_order()
    assert (wall.first.message, wall.step, wall.job) == ("wall 31", 40, 1)
    assert (wall.count, wall.episodes) == (2, 2)
    assert (len(wall.trail), wall.trail.level) == (5, 90), "the shortest of all jobs"
    assert [weight for weight, _ in wall.candidates] == [90, 40]
    assert (door.step, door.job, door.count, len(door.trail)) == (70, 0, 2, 6)
    # What was given stays as it is.
    assert [each.count for each in (*first.in_order(), *second.in_order())] == [2, 1, 1]


def test_a_certain_sighting_stands_for_those_that_are_not() -> None:
    whole = merged_books([(0, book(("gap", 10, 3, False))), (1, book(("gap", 50, 7, True)))])
    (gap,) = whole.in_order()
    assert gap.first.certain
    assert len(gap.trail) == 7, "the shorter one may show nothing"
    assert (gap.step, gap.job) == (10, 0)
    assert len(gap.candidates) == 2


def test_of_a_kind_those_are_kept_that_were_seen_first() -> None:
    # Letters: numbers in a message do not tell findings apart.
    names = [chr(97 + i // 26) + chr(97 + i % 26) for i in range(MOST_OF_A_KIND)]
    early = book(*((name, 10 + i, 2, True) for i, name in enumerate(names)))
    late = book(("other", 500, 2, True), ("other", 510, 2, True), ("seldom", 5, 2, True))
    late.left_out["bump"] = 3
    whole = merged_books([(0, early), (1, late)])
    assert len(whole.findings) == MOST_OF_A_KIND
    assert "seldom" in {each.first.message for each in whole.in_order()}
    assert whole.left_out == {"bump": 3 + 1 + 2}


def test_jobs_add_up_in_their_order() -> None:
    second = job(1, book(("b", 8, 2, True)), decisions=90, episodes={"random": 4}, seconds=9.0)
    first = job(0, book(("a", 8, 2, True)), decisions=110, episodes={"random": 5}, seconds=7.0)
    first.notes, second.notes = ["tied"], ["tied", "other"]
    second.stopped = "the engine failed"
    request = ExplorationRequest(GAME, decisions=200)
    whole = merged(request, measured(), [second, first])
    assert (whole.decisions, whole.shares, whole.episodes) == (200, (110, 90), {"random": 9})
    assert (whole.seconds, whole.arenas, whole.notes) == (9.0, 2, ["tied", "other"])
    assert whole.stopped == "job 1: the engine failed"
    assert whole.request is request
    first.stopped = second.stopped = "the time was over after 2 minutes"
    assert merged(request, measured(), [second, first]).stopped == first.stopped


def test_cells_are_seen_where_one_job_was_first() -> None:
    archives = [Archive(), Archive()]
    for archive, steps in zip(archives, ({"a": 4, "b": 9}, {"b": 2, "c": 9}), strict=True):
        for name, step in steps.items():
            archive.count((name,), step)
            archive.note(name, Trail(1, np.zeros((step, 1))), 0, None)
    whole = Visited.merged([archive.without_trails() for archive in archives])
    assert whole.first_seen == {"a": 4, "b": 2, "c": 9}
    assert whole.visits == {"a": 1, "b": 2, "c": 1}
    assert whole.curve == [(2, 1), (4, 2), (9, 3)]
    assert len(whole) == 3


def test_what_differs_between_places_is_told() -> None:
    unsteady = np.array([True, False])
    same = Calibration.merged([measured(), measured(limits=Limits(slow_ms=15.0), spread_ms=1.3)])
    assert (same.repeats, same.first_difference, same.decisions) == (True, "", 600)
    assert (same.limits.slow_ms, same.spread_ms) == (15.0, 1.3)
    apart = Calibration.merged([measured(), measured(seen=(1, 7, 3))])
    assert apart.repeats is False
    assert apart.first_difference.startswith(
        "with the same level and actions job 1 observed something else than job 0"
    )
    # An engine that failed told less; what it told is the same.
    assert Calibration.merged([measured(), measured(seen=(1,))]).repeats
    noisy = measured(repeats=False, first_difference="decision 3", steady=unsteady)
    one = Calibration.merged([measured(), noisy])
    assert (one.repeats, one.first_difference) == (False, "decision 3")
    assert one.steady.tolist() == [True, False]
    unknown = Calibration.merged([measured(repeats=None), measured(repeats=None)])
    assert unknown.repeats is None


@pytest.mark.parametrize(("jobs", "levels"), [(1, 4), (2, 4), (3, 4), (4, 4), (9, 4), (4, 6)])
def test_levels_are_dealt_like_cards(jobs: int, levels: int) -> None:
    whole = ExplorationRequest(GAME, seed=5, levels=levels)
    shares = [
        {
            ExplorationRequest(GAME, seed=5, levels=levels, job=one, jobs=jobs).level(n, search=s)
            for n in range(40)
            for s in (True, False)
        }
        for one in range(jobs)
    ]
    all_levels = {whole.level(number, search=True) for number in range(40)}
    assert len(all_levels) == levels
    assert set().union(*shares) == all_levels
    assert all(shares)
    if jobs <= levels:
        assert sum(map(len, shares)) == levels, "no level is played by two jobs"


def test_jobs_play_what_no_other_job_plays() -> None:
    parts = [ExplorationRequest(GAME, seed=5, job=one, jobs=3) for one in range(3)]
    levels = [part.level(number, search=False) for number in range(4) for part in parts]
    whole = ExplorationRequest(GAME, seed=5)
    assert levels == [whole.level(number, search=False) for number in range(12)]
    assert len({part.action_seed for part in parts}) == 3
    assert whole.action_seed == 5
