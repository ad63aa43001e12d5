"""A world as an RGB picture, from above. Called by `render`; it changes nothing.

Drawn with NumPy alone: every pixel asks which shape it lies in, at twice the resolution that is
shown, so that edges are smooth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.layout import FAR

if TYPE_CHECKING:
    from rl_training.scenarios.lunabotics.state import Table
    from rl_training.scenarios.lunabotics.world import World

Picture = NDArray[np.uint8]

PIXELS_PER_METRE = 60
_FINE = 2
_GROUND = (196, 189, 178)
_ZONES = {
    c.START: (176, 196, 178),
    c.FIELD: (186, 178, 166),
    c.EXCAVATION: (214, 199, 160),
    c.CONSTRUCTION: (176, 188, 205),
    c.BERM: (140, 160, 196),
}
_CRATER, _CRATER_RIM = (150, 141, 130), (214, 207, 196)
_ROCK, _ROCK_EDGE = (96, 90, 84), (62, 58, 54)
_ORB, _ORB_EDGE = (226, 148, 32), (140, 84, 8)
_ROVER, _WHEEL, _NOSE = (236, 238, 242), (44, 46, 52), (206, 60, 48)
_SEEN = (255, 255, 255)


def draw_world(world: World, row: int) -> Picture:
    """Return a (height, width, 3) picture.

    Args:
        world: of N worlds.
        row: which.
    """
    state, table = world.state, world.table
    width, height = float(table.width[row]), float(table.height[row])
    canvas = _Canvas(width, height)
    for zone, colour in _ZONES.items():
        canvas.rectangle(*zone_box(table, row, zone), colour)
    x, y, cosine, sine = (float(each[row]) for each in (state.x, state.y, state.cosine, state.sine))
    for slot in range(c.SLOTS):
        ox, oy, radius = (float(each) for each in state.obstacles[:, slot, row])
        if ox >= FAR:
            continue
        if slot < c.NUM_CRATERS:
            canvas.circle(ox, oy, radius, _CRATER_RIM)
            canvas.circle(ox, oy, radius - 0.04, _CRATER)
        else:
            canvas.circle(ox, oy, radius, _ROCK_EDGE)
            canvas.circle(ox - 0.01, oy - 0.01, radius - 0.025, _ROCK)
    for ox, oy in state.orbs[:, :, row].T:
        if ox < FAR:
            canvas.orb(float(ox), float(oy))
    canvas.frustum(x, y, cosine, sine)
    canvas.rover(x, y, cosine, sine, holding=bool(state.holding[row]))
    return canvas.shown()


def side_by_side(pictures: Sequence[Picture]) -> Picture:
    """Return pictures as one, in rows."""
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    height, width = (max(each.shape[axis] for each in pictures) for axis in (0, 1))
    sheet = np.full((rows * height, columns * width, 3), 40, np.uint8)
    for number, each in enumerate(pictures):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + each.shape[0], left : left + each.shape[1]] = each
    return sheet


def zone_box(table: Table, row: int, zone: int) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a zone, m."""
    width, height = float(table.width[row]), float(table.height[row])
    right, split = c.RIGHT_X * width, c.SPLIT_Y * height
    return {
        c.START: (0.0, 0.0, c.START_X * width, c.START_Y * height),
        c.FIELD: (c.START_X * width, 0.0, right, height),
        c.EXCAVATION: (right, split, width, height),
        c.CONSTRUCTION: (right, 0.0, width, split),
        c.BERM: (
            *(c.BERM_X[0] * width, c.BERM_Y[0] * height),
            *(c.BERM_X[1] * width, c.BERM_Y[1] * height),
        ),
    }[zone]


class _Canvas:
    """Colours pixels by their places in metres."""

    def __init__(self, width: float, height: float) -> None:
        per_metre = PIXELS_PER_METRE * _FINE
        size = round(height * PIXELS_PER_METRE) * _FINE, round(width * PIXELS_PER_METRE) * _FINE
        self._pixels = np.full((*size, 3), _GROUND, np.float32)
        self._y, self._x = ((np.indices(size) + 0.5) / per_metre).astype(np.float32)

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: Any) -> None:
        inside = (self._x >= left) & (self._x < right) & (self._y >= top) & (self._y < bottom)
        self._pixels[inside] = colour

    def circle(self, x: float, y: float, radius: float, colour: Any) -> None:
        inside = (self._x - x) ** 2 + (self._y - y) ** 2 < radius**2
        self._pixels[inside] = colour

    def orb(self, x: float, y: float) -> None:
        self.circle(x, y, 0.075, _ORB_EDGE)
        self.circle(x, y, 0.055, _ORB)

    def frustum(self, x: float, y: float, cosine: float, sine: float) -> None:
        ahead, aside = self._turned(x, y, cosine, sine)
        slope = math.tan(math.radians(c.SENSOR_HALF_ANGLE_DEGREES))
        inside = (np.abs(aside) <= slope * ahead) & (np.hypot(ahead, aside) < c.SENSOR_RANGE)
        self._pixels[inside] = 0.78 * self._pixels[inside] + 0.22 * np.array(_SEEN)

    def rover(self, x: float, y: float, cosine: float, sine: float, *, holding: bool) -> None:
        ahead, aside = self._turned(x, y, cosine, sine)
        long, wide = 0.5 * c.ROVER_LENGTH, 0.5 * c.ROVER_WIDTH
        self._pixels[(np.abs(ahead) < long) & (np.abs(aside) < wide)] = _WHEEL
        self._pixels[(np.abs(ahead) < long - 0.03) & (np.abs(aside) < wide - 0.07)] = _ROVER
        nose = (ahead > long - 0.12) & (ahead < long) & (np.abs(aside) < wide - 0.07)
        self._pixels[nose] = _NOSE
        if holding:
            self.orb(x, y)

    def shown(self) -> Picture:
        height, width, _ = self._pixels.shape
        blocks = self._pixels.reshape(height // _FINE, _FINE, width // _FINE, _FINE, 3)
        shown: Picture = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
        return shown

    def _turned(self, x: float, y: float, cosine: float, sine: float) -> tuple[Any, Any]:
        dx, dy = self._x - x, self._y - y
        return cosine * dx + sine * dy, cosine * dy - sine * dx
