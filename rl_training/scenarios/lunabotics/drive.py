"""One tick of the wheels and of the rover's motion: semi-implicit Euler, for all worlds at once.

Called by `World`, as often as a decision has ticks. The drive turns what is asked for into
velocity, within the grip of the ground; velocity then moves the rover. Contacts come after
(`contacts`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.state import Floats, State, Table
from rl_training.scenarios.lunabotics.trigonometry import sine_cosine, wrap

_LOST_GRIP = np.float32(c.CRATER_GRIP - 1.0)
_LOST_BY_SPINNING = np.float32((c.SPINNING_GRIP - 1.0) / c.MAX_TURN)
_ONE = np.float32(1.0)
_MAX_TURN = np.float32(c.MAX_TURN)
_LONG, _WIDE = np.float32(0.5 * c.ROVER_LENGTH), np.float32(0.5 * c.ROVER_WIDTH)
_CLEAR = np.float32(1.0001 * 0.5 * np.hypot(c.ROVER_LENGTH, c.ROVER_WIDTH))
"""Farther than this from its middle the rover touches no rock, m."""


class Drive:
    """Moves rovers.

    Args:
        n: worlds.
    """

    def __init__(self, n: int) -> None:
        self._w: Floats = np.empty((8, n), np.float32)
        self._trig: Floats = np.empty((3, 2, n), np.float32)
        self._far: Floats = np.empty((3, c.SLOTS, n), np.float32)
        self._near = np.empty((c.SLOTS, n), np.bool_)
        self._flag = np.empty((2, n), np.bool_)

    def drive(self, state: State, table: Table, linear: Floats, angular: Floats) -> None:
        """Turn what is asked for into velocity, for one tick.

        Args:
            state: changed in place.
            table: of the running episodes.
            linear: (n,) in [-1, 1], share of the largest speed.
            angular: (n,) in [-1, 1], share of the largest rate of turning.
        """
        grip, ahead, aside, change, limit, least, a, _ = self._w
        self._find_grip(state, grip)
        np.multiply(state.cosine, state.vx, out=ahead)
        np.multiply(state.sine, state.vy, out=a)
        ahead += a
        np.multiply(state.cosine, state.vy, out=aside)
        np.multiply(state.sine, state.vx, out=a)
        aside -= a
        # Along the heading: towards the speed that is asked for.
        np.multiply(linear, table.max_speed, out=change)
        change *= grip
        change -= ahead
        np.multiply(table.drive, grip, out=limit)
        _bounded(change, limit, least)
        ahead += change
        # Across it: towards standing still; wheels that spin without turning the rover hold less.
        np.multiply(angular, _MAX_TURN, out=limit)
        limit -= state.spin
        np.abs(limit, out=limit)
        np.minimum(limit, _MAX_TURN, out=limit)
        limit *= _LOST_BY_SPINNING
        limit += _ONE
        limit *= table.side
        limit *= grip
        np.negative(aside, out=change)
        _bounded(change, limit, least)
        aside += change
        np.multiply(angular, _MAX_TURN, out=change)
        change -= state.spin
        _bounded(change, table.turn, least)
        state.spin += change
        np.multiply(state.cosine, ahead, out=state.vx)
        np.multiply(state.sine, aside, out=a)
        state.vx -= a
        np.multiply(state.sine, ahead, out=state.vy)
        np.multiply(state.cosine, aside, out=a)
        state.vy += a
        self._limit_speed(state, table)

    def move(self, state: State, table: Table) -> None:
        """Let velocity move the rovers, for one tick."""
        a, b = self._w[6], self._w[7]
        np.multiply(state.vx, table.dt, out=a)
        state.x += a
        np.multiply(state.vy, table.dt, out=a)
        state.y += a
        np.multiply(state.spin, table.dt, out=a)
        state.angle += a
        wrap(state.angle, b)
        self.turn(state)

    def turn(self, state: State) -> None:
        """Set sine and cosine of the heading."""
        sine_cosine(state.angle, state.sine, state.cosine, self._trig)

    def _limit_speed(self, state: State, table: Table) -> None:
        """Scale velocities down to the largest speed."""
        a, b = self._w[6], self._w[7]
        np.multiply(state.vx, state.vx, out=a)
        np.multiply(state.vy, state.vy, out=b)
        a += b
        np.maximum(a, table.max_speed_squared, out=a)
        np.sqrt(a, out=a)
        np.divide(table.max_speed, a, out=a)
        state.vx *= a
        state.vy *= a

    def near(self, state: State, table: Table) -> NDArray[np.intp]:
        """Return the worlds whose rover touches a wall or may touch a rock."""
        a, reach, other = self._w[:3]
        flag, wall = self._flag[0], self._near[0]
        for place, size, first, second in (
            (state.x, table.width, state.cosine, state.sine),
            (state.y, table.height, state.sine, state.cosine),
        ):
            np.subtract(size, place, out=a)
            np.minimum(a, place, out=a)
            np.abs(first, out=reach)
            reach *= _LONG
            np.abs(second, out=other)
            other *= _WIDE
            reach += other
            if place is state.x:
                np.less(a, reach, out=wall)
            else:
                np.less(a, reach, out=flag)
        flag |= wall
        rows = slice(c.NUM_CRATERS, state.obstacle_rows)
        if rows.start < rows.stop:
            self._squared(state, rows)
            square, clear = self._far[0, rows], self._far[2, rows]
            np.add(state.obstacles[2, rows], _CLEAR, out=clear)
            clear *= clear
            near = self._near[rows]
            np.less(square, clear, out=near)
            flag |= np.logical_or.reduce(near, axis=0, out=self._flag[1])
        return np.flatnonzero(flag)

    def _find_grip(self, state: State, grip: Floats) -> None:
        """Write the share of grip that is left: less inside a crater."""
        rows = slice(0, c.NUM_CRATERS)
        inside = self.in_craters(state, rows)
        np.multiply(inside, _LOST_GRIP, out=grip)
        grip += _ONE

    def in_craters(self, state: State, rows: slice = slice(0, c.NUM_CRATERS)) -> NDArray[np.bool_]:
        """Return (n,) bool, valid until the next call: the rover's middle is inside a crater."""
        self._squared(state, rows)
        dx, reach, near = self._far[0, rows], self._far[2, rows], self._near[rows]
        np.multiply(state.obstacles[2, rows], state.obstacles[2, rows], out=reach)
        np.less(dx, reach, out=near)
        found: NDArray[np.bool_] = np.logical_or.reduce(near, axis=0, out=self._flag[1])
        return found

    def _squared(self, state: State, rows: slice) -> None:
        """Write the squared distances of some obstacles' middles to `_far[0]`."""
        dx, dy = self._far[0, rows], self._far[1, rows]
        np.subtract(state.obstacles[0, rows], state.x, out=dx)
        np.subtract(state.obstacles[1, rows], state.y, out=dy)
        dx *= dx
        dy *= dy
        dx += dy


def _bounded(change: Floats, limit: Floats, least: Floats) -> None:
    """Bring a change into [-limit, limit], in place."""
    np.minimum(change, limit, out=change)
    np.negative(limit, out=least)
    np.maximum(change, least, out=change)
