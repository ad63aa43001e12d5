"""Episodes from above: what moved, what stands, and where the leaps are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.data.recording import AgentHeader, Decision, Node, Recording
from rl_training.replay.trajectories import TopView, find_leaps, top_view
from rl_training.reporting.figures import trajectories_figure

IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)
ROOT = Node(".", "node3d")
COURSE = Node("Course", "node3d")
BOX = Node("Course/Box/Shape", "shape3d")
FLOOR = Node("Floor/Shape", "shape3d")
POST = Node("Post/Shape", "shape3d")
PLAYER = Node("Player", "body3d")
SKIN = Node("Player/Shape", "shape3d")
HAND = Node("Player/Hand", "node3d")
BALL = Node("Ball", "rigid3d")


def _place(x: float, y: float, z: float, *rest: float, basis: Sequence[float] = IDENTITY) -> Any:
    return np.array([*basis, x, y, z, *rest], np.float32)


def _recording(steps: Sequence[Mapping[Node, Any]], detail: str = "full") -> Recording:
    agent = AgentHeader(0, 7, True, ("obs[0]",), (False,), ("move",))
    nothing = np.zeros(1)
    return Recording(
        path=Path("episode.replay"),
        header={"detail": detail, "action_repeat": 6, "physics_ticks_per_second": 60},
        agents=(agent,),
        decisions=tuple(
            Decision(0, nothing, nothing, nothing.astype(np.float32), step) for step in steps
        ),
        final=None,
        ends=(),
    )


def _walk(*places: tuple[float, float]) -> Recording:
    first = {
        ROOT: _place(100, 0, 100),
        COURSE: _place(1, 0, 0),
        # Turned by a quarter round y, so that width and depth change places.
        BOX: _place(0, 0.5, 5, 4, 1, 2, basis=(0, 0, -1, 0, 1, 0, 1, 0, 0)),
        FLOOR: _place(0, -0.5, 0, 20, 1, 20),
        POST: _place(-3, 1, -3, 0.5, 2, 0),
        PLAYER: _place(*places[0][:1], 0, places[0][1], 0, 0, 0),
        SKIN: _place(0, 1, 0, 0.3, 1.8, 0),
        HAND: _place(0, 1, 0),
        BALL: _place(3, 0, 3, 0, 0, 0, 0, 0, 0),
    }
    later = [{PLAYER: _place(x, 0, z, 0, 0, 0), HAND: _place(x / 9, 1, 0)} for x, z in places[1:]]
    return _recording([first, *later])


def _seen(recording: Recording) -> TopView:
    view = top_view(recording)
    assert view is not None
    return view


def test_the_body_that_moves_is_the_agent_and_the_arenas_place_is_left_out() -> None:
    view = _seen(_walk((0, 0), (1, 0), (1, 1), (1, 1)))
    assert [path.name for path in view.paths] == ["Player"]
    np.testing.assert_allclose(view.paths[0].points, [[0, 0], [1, 0], [1, 1], [1, 1]])
    assert view.paths[0].length == pytest.approx(2.0)
    assert not view.flat


def test_what_stands_is_outlined_but_not_the_floor_nor_the_agents_own_shape() -> None:
    view = _seen(_walk((0, 0), (1, 0), (1, 1)))
    assert len(view.outlines) == 2
    box, post = sorted(view.outlines, key=len)
    corners = sorted(tuple(corner) for corner in np.round(box, 6))
    assert corners == [(0.0, 3.0), (0.0, 7.0), (2.0, 3.0), (2.0, 7.0)]
    np.testing.assert_allclose(np.linalg.norm(post - [-3, -3], axis=1), 0.5, atol=1e-6)


def test_a_loose_thing_that_rolls_is_drawn_beside_the_agent() -> None:
    recording = _walk((0, 0), (1, 0), (2, 0))
    rolling = {BALL: _place(3, 0, 9, 0, 0, 0, 0, 0, 0)}
    steps = [step.changed for step in recording.decisions]
    view = _seen(_recording([*steps[:-1], {**steps[-1], **rolling}]))
    assert {path.name: path.is_agent for path in view.paths} == {"Ball": False, "Player": True}


def test_without_bodies_the_nodes_that_move_are_drawn_but_not_what_they_carry() -> None:
    car, wheel = Node("Car", "node3d"), Node("Car/Wheel", "node3d")
    steps = [{car: _place(x, 0, 0), wheel: _place(0, x, 0)} for x in range(4)]
    view = _seen(_recording(steps))
    assert [(path.name, path.is_agent) for path in view.paths] == [("Car", True)]


def test_a_2d_scene() -> None:
    level, ship = Node("Level", "node2d"), Node("Level/Ship", "body2d")
    turned = np.array([0, 1, -1, 0, 10, 20], np.float32)  # a quarter turn
    steps = [{level: turned, ship: np.array([1, 0, 0, 1, x, 0, 0, 0], np.float32)} for x in (0, 5)]
    view = _seen(_recording(steps))
    assert view.flat
    np.testing.assert_allclose(view.paths[0].points, [[10, 20], [10, 25]], atol=1e-6)


@pytest.mark.parametrize(
    "recording",
    [
        _recording([]),
        _recording([{ROOT: _place(0, 0, 0), PLAYER: _place(0, 0, 0, 0, 0, 0)}] * 3),
        _recording([{PLAYER: _place(0, 0, 0, 0, 0, 0)}], detail="light"),
    ],
)
def test_there_may_be_nothing_to_see(recording: Recording) -> None:
    assert top_view(recording) is None


@pytest.mark.parametrize("reach", [0.12, None])
def test_a_teleport_is_a_leap_and_walking_is_not(reach: float | None) -> None:
    points = np.array([[0, 0], [0.1, 0], [0.2, 0], [0.2, 0], [3.2, 0], [3.3, 0]], float)
    assert find_leaps(points, reach).tolist() == [False, False, False, True, False]
    assert not find_leaps(np.zeros((4, 2)), reach).any()


def test_who_mostly_stood_and_trembled_still_walks() -> None:
    # 1.5 m/s for a tenth of a second; the median of its steps is a hundredth of that.
    places = [0.0, *(0.002 * (number % 2) for number in range(40)), 0.15, 0.3, 2.3]
    steps = [{PLAYER: _place(x, 0, 0, 1.5, 0, 0)} for x in places]
    leaps = _seen(_recording(steps)).paths[0].leaps
    assert np.flatnonzero(leaps).tolist() == [len(places) - 2]


def test_the_picture_is_drawn() -> None:
    angles = np.linspace(0, 2 * math.pi, 30)
    places = [(3 * math.cos(a), 3 * math.sin(a)) for a in angles]
    view = _seen(_walk(*places))
    drawn = trajectories_figure([("one", True, view), ("two", False, view), ("three", None, view)])
    assert drawn.light.startswith(b"\x89PNG")
    assert drawn.dark.startswith(b"\x89PNG")
    assert drawn.light != drawn.dark
