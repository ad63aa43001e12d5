"""What the rover observes: itself, and the nearest obstacles and orbs through a frustum.

Called by `World` once a decision. README.md of the scene lists the 28 numbers. The frustum sees 60
degrees to either side of the heading, 3 m far, through everything; what it does not see reads
distance 1, angle 0.
"""

from __future__ import annotations

import numpy as np

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.draws import mix
from rl_training.scenarios.lunabotics.nearest import ROWS, NearestFive
from rl_training.scenarios.lunabotics.state import Floats, State, Table
from rl_training.scenarios.lunabotics.trigonometry import arc_tangent

_SLOPE = np.float32(np.tan(np.deg2rad(c.SENSOR_HALF_ANGLE_DEGREES)))
_PER_ANGLE = np.float32(1.0 / np.deg2rad(c.SENSOR_HALF_ANGLE_DEGREES))
_PER_METRE = np.float32(1.0 / c.SENSOR_RANGE)
_RANGE = np.float32(c.SENSOR_RANGE)
_PER_PI = np.float32(1.0 / np.pi)
_PER_TURN = np.float32(1.0 / c.MAX_TURN)
_ONE = np.float32(1.0)
_TINY = np.float32(1e-6)

NOISE_PLACE = 4096
"""First of the random numbers that noise draws; a decision takes 64."""
NOISE_PLACES = 64
_NOISY = np.array([i for i in range(28) if i not in (6, 7)])


class Sensor:
    """Reads observations of n worlds.

    Args:
        n: worlds.

    Attributes:
        orb_distance: (n,) of each rover to the nearest orb that is left, m, after `look`.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.orb_distance: Floats = np.empty(n, np.float32)
        shape = (2, c.SLOTS, n)
        self._dx: Floats = np.empty(shape, np.float32)
        self._dy: Floats = np.empty(shape, np.float32)
        self._distance: Floats = np.empty(shape, np.float32)
        self._work: Floats = np.empty((c.SLOTS, n), np.float32)
        # How far ahead of the rover and how far to its right; what is not seen is straight ahead.
        self._ahead: Floats = np.ones((2, ROWS, n), np.float32)
        self._aside: Floats = np.zeros((2, ROWS, n), np.float32)
        self._nearest = NearestFive(n)
        five = (2, c.NEAREST, n)
        self._five_ahead: Floats = np.empty(five, np.float32)
        self._five_aside: Floats = np.empty(five, np.float32)
        self._five_distance: Floats = np.empty(five, np.float32)
        self._five_angle: Floats = np.empty(five, np.float32)
        self._five_work: Floats = np.empty((4, *five), np.float32)

    def look(self, state: State) -> None:
        """Measure where obstacles and orbs are, seen from the rover."""
        used = state.obstacle_rows
        self._measure(state, 0, slice(0, used), state.obstacles[0], state.obstacles[1])
        self._measure(state, 1, slice(0, c.SLOTS), state.orbs[0], state.orbs[1])
        np.minimum.reduce(self._distance[1], axis=0, out=self.orb_distance)
        # What is observed of an obstacle is how far its surface is.
        surface = self._distance[0, :used]
        surface -= state.obstacles[2, :used]
        np.maximum(surface, np.float32(0.0), out=surface)

    def nearest_orb(self, world: int) -> int:
        """Return the slot of the orb that is nearest to a world's rover."""
        return int(self._distance[1, :, world].argmin())

    def forget(self, slot: int, world: int) -> None:
        """Take an orb out of what `look` has measured."""
        self._distance[1, slot, world] = np.inf

    def write(self, state: State, table: Table, out: Floats) -> None:
        """Write the observations, by what `look` has measured.

        Args:
            state: of the worlds.
            table: of the worlds.
            out: (28, n), written.
        """
        used = state.obstacle_rows
        self._nearest.clear(used)
        for kind, rows in ((0, slice(0, used)), (1, slice(0, c.SLOTS))):
            self._nearest.put(kind, rows, self._distance[kind, rows], self._room(kind, rows))
        self._nearest.sort()
        self._nearest.pick(self._ahead, self._five_ahead)
        self._nearest.pick(self._aside, self._five_aside)
        distance, angle = self._five_distance, self._five_angle
        self._nearest.distances(distance)
        distance *= _PER_METRE
        # Nothing lies at the rover's very middle but what it is about to dig.
        np.maximum(self._five_ahead, _TINY, out=self._five_ahead)
        arc_tangent(self._five_aside, self._five_ahead, angle, self._five_work)
        angle *= _PER_ANGLE
        np.minimum(distance, _ONE, out=distance)
        np.minimum(angle, _ONE, out=angle)
        np.maximum(angle, -_ONE, out=angle)
        for kind, first in ((0, 8), (1, 8 + 2 * c.NEAREST)):
            out[first : first + 2 * c.NEAREST : 2] = distance[kind]
            out[first + 1 : first + 2 * c.NEAREST : 2] = angle[kind]
        self._write_rover(state, table, out)
        if table.observation_noise.any():
            self._add_noise(state, table, out)

    def _measure(self, state: State, kind: int, rows: slice, xs: Floats, ys: Floats) -> None:
        dx, dy, work = self._dx[kind, rows], self._dy[kind, rows], self._work[rows]
        ahead, aside = self._ahead[kind, rows], self._aside[kind, rows]
        distance = self._distance[kind, rows]
        np.subtract(xs[rows], state.x, out=dx)
        np.subtract(ys[rows], state.y, out=dy)
        np.multiply(dx, dx, out=distance)
        np.multiply(dy, dy, out=work)
        distance += work
        np.sqrt(distance, out=distance)
        np.multiply(dx, state.cosine, out=ahead)
        np.multiply(dy, state.sine, out=work)
        ahead += work
        np.multiply(dy, state.cosine, out=aside)
        np.multiply(dx, state.sine, out=work)
        aside -= work

    def _room(self, kind: int, rows: slice) -> Floats:
        """Return how far inside of the frustum everything lies: negative outside."""
        room, work = self._work[rows], self._dx[kind, rows]
        np.multiply(self._ahead[kind, rows], _SLOPE, out=room)
        np.abs(self._aside[kind, rows], out=work)
        room -= work
        np.subtract(_RANGE, self._distance[kind, rows], out=work)
        np.minimum(room, work, out=room)
        return room

    def _write_rover(self, state: State, table: Table, out: Floats) -> None:
        np.multiply(state.x, table.scale_x, out=out[0])
        np.multiply(state.y, table.scale_y, out=out[1])
        out[0:2] -= _ONE
        np.multiply(state.vx, table.scale_speed, out=out[2])
        np.multiply(state.vy, table.scale_speed, out=out[3])
        np.multiply(state.angle, _PER_PI, out=out[4])
        np.multiply(state.spin, _PER_TURN, out=out[5])
        np.minimum(out[:6], _ONE, out=out[:6])
        np.maximum(out[:6], -_ONE, out=out[:6])
        np.multiply(state.zone, np.float32(0.2), out=out[6])
        out[7] = state.holding

    def _add_noise(self, state: State, table: Table, out: Floats) -> None:
        """Put errors on all but zone and holding; what is not seen stays unseen."""
        first = NOISE_PLACE + NOISE_PLACES * state.decisions.astype(np.int64)
        whole = mix(state.seeds[None, :], first[None, :] + _NOISY[:, None])
        # An even spread about 0, exact in single precision.
        share = (whole >> np.uint32(7)).astype(np.float32) * np.float32(2.0**-23) - _ONE
        share *= table.observation_noise
        seen = out[_NOISY]
        unseen = np.zeros_like(seen, np.bool_)
        distances = seen[6::2] >= _ONE
        unseen[6::2], unseen[7::2] = distances, distances
        noisy = seen + np.where(unseen, np.float32(0.0), share)
        noisy[6::2] = np.maximum(noisy[6::2], np.float32(0.0))
        out[_NOISY] = np.clip(noisy, -_ONE, _ONE)
