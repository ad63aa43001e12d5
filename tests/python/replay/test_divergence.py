"""The first decision at which two recordings differ, and what is named there."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from rl_training.data.recording import Recording, read_recording
from rl_training.replay.divergence import Divergence, find_divergence, header_changes
from tests.python.data import recordings as make

NAN = math.nan


def _read(folder: Path, content: bytes) -> Recording:
    name = f"{len(list(folder.iterdir()))}.part"
    return read_recording(make.write(folder / name, content))


def _compare(folder: Path, now: bytes, then: bytes | None = None, **how: Any) -> Divergence | None:
    recorded = _read(folder, make.episode() if then is None else then)
    return find_divergence(recorded, _read(folder, now), **how)


def test_equal_episodes_do_not_differ(tmp_path: Path) -> None:
    assert _compare(tmp_path, make.episode()) is None


def test_the_node_and_its_component_are_named(tmp_path: Path) -> None:
    values = [2.0] * 15
    values[9] = 2.001
    found = _compare(tmp_path, make.episode((2, make.decision({1: values}))))
    assert found is not None
    assert (found.decision, found.tick, found.time_s) == (2, 18, 0.2)
    assert (found.first.what, found.first.name) == ("node", "Player")
    assert found.first.component == "origin.x"
    assert found.first.recorded == 2.0
    assert found.largest == pytest.approx(0.001, rel=1e-3)
    assert found.first.line().startswith("node Player origin.x: recorded 2, now 2.00099993")


def test_a_node_that_moves_only_once_is_found(tmp_path: Path) -> None:
    found = _compare(tmp_path, make.episode((2, make.decision())))
    assert found is not None
    assert (found.decision, found.first.recorded, found.first.replayed) == (2, 2.0, 1.0)


def test_nodes_come_before_observations_and_rewards(tmp_path: Path) -> None:
    other = make.decision({1: [1.0] * 14 + [5.0]}, obs=(0.0, 1.5, 2.0, 3.0), reward=0.25)
    found = _compare(tmp_path, make.episode((1, other)))
    assert found is not None
    kinds = [(each.what, each.name, each.component) for each in found.differences]
    assert kinds == [
        ("node", "Player", "velocity.z"),
        ("observation", "place", ""),
        ("reward", "", ""),
    ]


def test_another_action_is_told(tmp_path: Path) -> None:
    other = make.decision({1: [1.0] * 15}, action=(0.1, -0.2, 0.0))
    found = _compare(tmp_path, make.episode((1, other)))
    assert found is not None
    assert (found.first.what, found.first.name) == ("action", "jump")


@pytest.mark.parametrize(
    ("then", "now", "equal"),
    [(NAN, NAN, True), (0.0, -0.0, True), (NAN, 1.0, False), (1.0, 1.0 + 2**-23, False)],
)
def test_equality_is_of_bits_but_for_zeros_sign(
    tmp_path: Path, then: float, now: float, equal: bool
) -> None:
    def content(value: float) -> bytes:
        return make.episode((1, make.decision({1: [1.0] * 15}, obs=(0.0, 1.0, value, 0.0))))

    found = _compare(tmp_path, content(now), content(then))
    assert (found is None) == equal
    if found is not None:
        assert found.first.name == "speed"
        json.dumps(found.to_dict(), allow_nan=False)


def test_a_node_that_is_missing_counts_unless_a_window_explains_it(tmp_path: Path) -> None:
    late = make.nodes([[3, "Bullet", "node3d"]]) + make.decision({1: [1.0] * 15, 3: [9.0] * 12})
    found = _compare(tmp_path, make.episode((1, late)))
    assert found is not None
    assert (found.decision, found.first.name) == (1, "Bullet")
    assert (found.first.recorded, found.first.replayed) == ("missing", "there")
    assert found.largest == math.inf
    assert found.to_dict()["differences"][0]["difference"] is None
    assert _compare(tmp_path, make.episode((1, late)), ignore_missing_nodes=True) is None


def test_a_node_that_stays_counts(tmp_path: Path) -> None:
    gone = make.nodes([], gone=[1]) + make.decision()
    found = _compare(tmp_path, make.episode((2, gone), (3, make.decision())))
    assert found is not None
    assert (found.decision, found.first.replayed) == (2, "missing")


def test_without_the_scene_observations_are_compared(tmp_path: Path) -> None:
    moved = make.episode((1, make.decision({1: [5.0] * 15})), detail="light")
    assert _compare(tmp_path, moved, make.episode(detail="light")) is None


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (make.ending(obs=(0.0, 1.0, 2.0, 4.0)), "obs[2]"),
        (make.ending(reward=0.75), ""),
        (make.ending(terminated=False, truncated=True), "terminated"),
        (make.ending(ticks=32), "ticks"),
        (make.ending(ended=False), "ended"),
    ],
)
def test_the_end_is_compared(tmp_path: Path, end: bytes, name: str) -> None:
    found = _compare(tmp_path, make.episode(end=end))
    assert found is not None
    assert found.decision == make.DECISIONS
    assert found.first.name == name


def test_an_episode_that_is_over_earlier_differs(tmp_path: Path) -> None:
    longer = make.episode((3, make.decision({1: [3.0] * 15}) + make.decision()), end=make.ending(5))
    for then, now in ((longer, make.episode()), (make.episode(), longer)):
        found = _compare(tmp_path, now, then)
        assert found is not None
        assert found.decision == make.DECISIONS
        assert (found.first.what, found.first.name) == ("end", "decisions")


def test_a_recording_that_was_cut_off_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    part = make.episode(end=b"")
    assert _compare(tmp_path, make.episode(), part) is None
    found = _compare(tmp_path, make.episode((1, make.decision())), part)
    assert found is not None
    assert found.decision == 1


def test_circumstances_that_changed_are_listed(tmp_path: Path) -> None:
    recorded = _read(tmp_path, make.episode(commit="aa"))
    now = _read(tmp_path, make.episode(engine="4.7.0-stable", arena=0))
    assert header_changes(recorded, now) == {"engine": ("4.6.3-stable", "4.7.0-stable")}
