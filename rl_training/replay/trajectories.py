"""Where an episode's agents went, seen from above, from its recording (docs/replay.md).

Works for any scene: what moves are its bodies, what stands are its collision shapes. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from rl_training.data.recording import KINDS, Node, Recording

Points = NDArray[np.float64]

MAX_PATHS = 12
"""Things that are drawn in motion, those that went furthest."""

_BODIES = ("body3d", "body2d")
_LOOSE = ("rigid3d", "rigid2d")
_STILL_M = 1e-3
_FLOOR_SHARE = 0.25
_CIRCLE = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)


@dataclass(frozen=True)
class Trajectory:
    """The path of one thing.

    Attributes:
        name: path of its node.
        points: (decisions, 2) float64: x and z of a 3D scene, x and y of a 2D one, relative to the
            arena's root; m or pixels.
        is_agent: a character body, or whatever moves where there is none.
        leaps: (decisions - 1,) which steps are leaps, as a teleport's.
    """

    name: str
    points: Points
    is_agent: bool
    leaps: NDArray[np.bool_]

    @property
    def length(self) -> float:
        """Of the whole path, jumps included."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())


@dataclass(frozen=True)
class TopView:
    """An episode from above.

    Attributes:
        paths: what moved.
        outlines: (corners, 2) float64 of what stands in the way at the beginning.
        flat: the scene is a 2D one, whose y points down.
    """

    paths: tuple[Trajectory, ...]
    outlines: tuple[Points, ...]
    flat: bool


def top_view(recording: Recording) -> TopView | None:
    """Return the episode from above; None where the scene was not recorded or nothing moved."""
    if not recording.has_scene or not recording.decisions:
        return None
    places = _Places()
    tracks: dict[Node, list[Points]] = {}
    start: dict[Node, NDArray[np.float64]] = {}
    for decision in recording.decisions:
        places.take(decision.changed)
        if not start:
            start = dict(places.local)
            tracks = {node: [] for node in start if node.path != "."}
        for node, track in tracks.items():
            if node in places.local:
                track.append(places.origin(node))
    flat = not any(node.kind.endswith("3d") for node in start)
    paths = _moving(tracks, flat, _reach(recording))
    if not paths:
        return None
    first = _Places()
    first.take(recording.decisions[0].changed)
    movers = [path.name for path in paths]
    outlines = [
        first.outline(node)
        for node in start
        if node.kind == "shape3d" and not any(_is_below(node.path, mover) for mover in movers)
    ]
    # What is gone over is a floor or a ceiling.
    everywhere = np.concatenate([path.points for path in paths])
    standing = [
        outline
        for outline in outlines
        if len(outline) and _inside(outline, everywhere).mean() < _FLOOR_SHARE
    ]
    return TopView(tuple(paths), tuple(standing), flat)


def find_leaps(points: Points, reach: float | None) -> NDArray[np.bool_]:
    """Return which steps of a path are leaps: longer than what moves it explains.

    Args:
        points: (n, 2).
        reach: how far its largest velocity takes it in a decision; None: it has none, and what is
            far longer than its other steps is a leap.

    Returns:
        (n - 1,)
    """
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    if reach is None:
        moving = steps[steps > _STILL_M]
        reach = 2.0 * float(np.median(moving)) if moving.size else np.inf
    return np.asarray(steps > 2.0 * reach + _STILL_M, np.bool_)


def _reach(recording: Recording) -> dict[Node, float]:
    """Return how far each body's largest velocity takes it in a decision."""
    ticks = float(recording.header["physics_ticks_per_second"])
    speeds: dict[Node, float] = {}
    for decision in recording.decisions:
        for node, values in decision.changed.items():
            if "velocity.x" in KINDS[node.kind]:
                first = KINDS[node.kind].index("velocity.x")
                speed = float(np.linalg.norm(values[first : first + _dimensions(node)]))
                speeds[node] = max(speed, speeds.get(node, 0.0))
    # A body that never had a velocity is moved in another way.
    return {n: speed * recording.action_repeat / ticks for n, speed in speeds.items() if speed > 0}


class _Places:
    """Where the nodes are: their places relative to the parents, and what follows."""

    def __init__(self) -> None:
        self.local: dict[Node, NDArray[np.float64]] = {}
        self._by_path: dict[str, Node] = {}

    def take(self, changed: Mapping[Node, NDArray[np.floating]]) -> None:
        for node, values in changed.items():
            self.local[node] = np.asarray(values, np.float64)
            self._by_path[node.path] = node

    def origin(self, node: Node) -> Points:
        """Return (3,) or (2,): where the node is, relative to the arena's root."""
        return self._to_root(node, np.zeros((1, _dimensions(node)))).reshape(-1)

    def outline(self, node: Node) -> Points:
        """Return a shape from above, (corners, 2), in order round it."""
        return _hull(self._corners(node)[:, [0, 2]])

    def _corners(self, node: Node) -> Points:
        x, y, z = self.local[node][KINDS[node.kind].index("size.x") :]
        if z > 0.0:  # a box
            half = np.array([x, y, z]) / 2.0
            signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
            return self._to_root(node, signs * half)
        if x <= 0.0:
            return self._to_root(node, np.zeros((1, 3)))
        # A sphere has no height, a capsule and a cylinder have.
        half_height = y / 2.0 if y > 0.0 else x
        ring = np.stack([x * np.cos(_CIRCLE), np.zeros(24), x * np.sin(_CIRCLE)], axis=1)
        ends = [ring + np.array([0.0, height, 0.0]) for height in (-half_height, half_height)]
        return self._to_root(node, np.concatenate(ends))

    def _to_root(self, node: Node, points: Points) -> Points:
        path = node.path
        while path != ".":
            found = self._by_path.get(path)
            if found is not None:
                points = _placed(self.local[found], points)
            path = path.rpartition("/")[0] or "."
        return points


def _placed(values: NDArray[np.float64], points: Points) -> Points:
    """Return points of a node's space in its parent's: columns of the basis, then the origin."""
    n = points.shape[1]
    basis, origin = values[: n * n].reshape(n, n), values[n * n : n * n + n]
    return points @ basis + origin


def _moving(
    tracks: Mapping[Node, Sequence[Points]], flat: bool, reach: Mapping[Node, float]
) -> list[Trajectory]:
    """Return the paths of what moved, the longest first.

    Bodies, and where none is a character, other nodes, but not what a moving node carries.
    """
    columns = [0, 1] if flat else [0, 2]
    paths = {}
    for node, track in tracks.items():
        if len(track) > 1:
            points = np.array(track)[:, columns]
            leaps = find_leaps(points, reach.get(node))
            paths[node] = Trajectory(node.path, points, node.kind not in _LOOSE, leaps)
    moved = {node: path for node, path in paths.items() if path.length > _STILL_M}
    bodies = [path for node, path in moved.items() if node.kind in _BODIES + _LOOSE]
    if not any(path.is_agent for path in bodies):
        names = [node.path for node in moved]
        bodies += [
            path
            for node, path in moved.items()
            if node.kind not in _LOOSE
            and not any(name != node.path and _is_below(node.path, name) for name in names)
        ]
    return sorted(bodies, key=lambda path: -path.length)[:MAX_PATHS]


def _is_below(path: str, above: str) -> bool:
    return path == above or path.startswith(above + "/")


def _dimensions(node: Node) -> int:
    return 2 if node.kind.endswith("2d") else 3


def _hull(points: Points) -> Points:
    """Return the convex hull of (n, 2) points, counterclockwise; empty where it has no area."""
    distinct = np.unique(np.round(points, 9), axis=0)
    if len(distinct) < 3:
        return np.empty((0, 2))
    try:
        corners: Points = distinct[ConvexHull(distinct).vertices]
    except QhullError:  # all on one line
        return np.empty((0, 2))
    return corners


def _inside(outline: Points, points: Points) -> NDArray[np.bool_]:
    """Return which of (n, 2) points lie in a counterclockwise outline."""
    inside = np.ones(len(points), np.bool_)
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        side = (b[0] - a[0]) * (points[:, 1] - a[1]) - (b[1] - a[1]) * (points[:, 0] - a[0])
        inside &= side >= 0.0
    return inside
