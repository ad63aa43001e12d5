"""What a watcher draws of a world: bodies and areas, and where they are (`runs.live_view`).

Called by `LunaboticsVecEnv.live_nodes` and `live_places`; it changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.layout import FAR
from rl_training.scenarios.lunabotics.picture import zone_box

if TYPE_CHECKING:
    from rl_training.scenarios.lunabotics.world import World

_AREAS = (c.START, c.EXCAVATION, c.CONSTRUCTION, c.BERM)
_ORB_DIAMETER = 0.15


def nodes(world: World, row: int) -> list[list[Any]]:
    """Return [name, kind, shape, width, depth] of each thing of a world, m; the rover is first."""
    state, table = world.state, world.table
    told: list[list[Any]] = [["Rover", "agent", "box", c.ROVER_WIDTH, c.ROVER_LENGTH]]
    told.append(["Field", "body", "box", *_size(0, 0, table.width[row], table.height[row])])
    for zone in _AREAS:
        told.append([c.ZONE_NAMES[zone], "area", "box", *_size(*zone_box(table, row, zone))])
    for slot, (x, _, radius) in enumerate(state.obstacles[:, :, row].T.tolist()):
        if x < FAR:
            name, kind = ("Crater", "area") if slot < c.NUM_CRATERS else ("Rock", "body")
            told.append([f"{name} {slot}", kind, "circle", *[round(2.0 * radius, 3)] * 2])
    told += [
        [f"Orb {slot}", "body", "circle", _ORB_DIAMETER, _ORB_DIAMETER]
        for slot in range(int(state.total[row]))
    ]
    return told


def places(world: World, row: int) -> list[float | None]:
    """Return x, y, angle and height of each of `nodes`, one after another; None: it is gone."""
    state, table = world.state, world.table
    told: list[float | None] = []

    def tell(x: float | None, y: float | None, angle: float = 0.0) -> None:
        told.extend([x and round(x, 3), y and round(y, 3), round(angle, 3), 0.0])

    tell(*(float(each[row]) for each in (state.x, state.y, state.angle)))
    tell(*_middle(0, 0, table.width[row], table.height[row]))
    for zone in _AREAS:
        tell(*_middle(*zone_box(table, row, zone)))
    for x, y, _ in state.obstacles[:, :, row].T.tolist():
        if x < FAR:
            tell(x, y)
    for x, y in state.orbs[:, : int(state.total[row]), row].T.tolist():
        tell(*((x, y) if x < FAR else (None, None)))
    return told


def _size(left: float, top: float, right: float, bottom: float) -> tuple[float, float]:
    # An angle of 0 looks along x: the width of a box is across it.
    return round(float(bottom - top), 3), round(float(right - left), 3)


def _middle(left: float, top: float, right: float, bottom: float) -> tuple[float, float]:
    return float(left + right) / 2.0, float(top + bottom) / 2.0
