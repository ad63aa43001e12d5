"""Rectangle against circles and walls: impulses with restitution and friction, and no overlap.

Called by `World` after a tick, for the few worlds whose rover is near something. Mass cancels:
rocks and walls do not move. Every impulse takes energy or leaves it, so contacts never add any.
Each round solves the deepest contact of every rover, and each rover has the rounds that it needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.state import Floats, State, Table
from rl_training.scenarios.lunabotics.trigonometry import sine_cosine, wrap

_LONG = np.float32(0.5 * c.ROVER_LENGTH)
_WIDE = np.float32(0.5 * c.ROVER_WIDTH)
_INVERSE_INERTIA = np.float32(12.0 / (c.ROVER_LENGTH**2 + c.ROVER_WIDTH**2))
"""Of a mass of 1 kg."""
_ROUNDS = 6
"""Of the solver, at most: a rover between two rocks is pushed to and fro so often in a tick."""
_SLOP = np.float32(2e-3)
"""Overlap that starts another round, m; a rover that leans on a wall stays below."""
_CLOSE = np.float32(1e-3)
"""Gap below which a rover that has touched something still leans on it, m."""
_TINY = np.float32(1e-9)
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)

Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]


def lean(state: State, table: Table, leaning: Flags, touched: Flags) -> None:
    """Take the part of velocities that would drive rovers into what they lean on.

    Called between drive and motion, so that what is left moves them: a rover can turn away from a
    rock that it touches.

    Args:
        state: changed in place.
        table: of the running episodes.
        leaning: (n,) bool, whose rover touched something in the last tick; cleared where it does
            not lean on anything.
        touched: (2, n) bool, set where a rover leans on an obstacle or a wall.
    """
    worlds = np.flatnonzero(leaning)
    if not len(worlds):
        return
    rovers = _Rovers.of(state, table, worlds)
    depth, is_wall = rovers.find_deepest()
    leans = rovers.bounce(depth > -_CLOSE, springy=False)
    rovers.limit_speed()
    state.body[:, worlds] = rovers.body
    touched[0, worlds] |= leans > is_wall
    touched[1, worlds] |= leans & is_wall
    leaning[worlds] = leans


def solve(state: State, table: Table, worlds: Rows, leaning: Flags, touched: Flags) -> None:
    """Let rovers bounce off rocks and walls, and push them out of both.

    Args:
        state: changed in place.
        table: of the running episodes.
        worlds: (m,) whose rover may touch something.
        leaning: (n,) bool, set where anything was touched.
        touched: (2, n) bool, set where an obstacle or a wall was touched.
    """
    # Each rover's own rounds: what another one needs changes nothing.
    places, rovers = worlds, _Rovers.of(state, table, worlds)
    for _ in range(_ROUNDS):
        depth, is_wall = rovers.find_deepest()
        hit = depth > _ZERO
        leaning[places] |= hit
        touched[0, places] |= hit > is_wall
        touched[1, places] |= hit & is_wall
        rovers.bounce(hit)
        rovers.push(hit)
        rovers.limit_speed()
        state.body[:, places] = rovers.body
        again = np.flatnonzero(depth > _SLOP)
        if not len(again):
            return
        places, rovers = places[again], rovers.only(again)


class _Rovers:
    """A few of the rovers, taken out of the state.

    Args:
        body: (8, m) as in `State`.
        rocks: (3, rocks, m).
        numbers: (rows, m) as in `Table`.
    """

    def __init__(self, body: Floats, rocks: Floats, numbers: Floats) -> None:
        self.body, self._rocks, self._numbers = body, rocks, numbers
        m = body.shape[1]
        self._depth: Floats = np.empty(m, np.float32)
        # From the obstacle to the rover; from the rover's middle to where it touches, m.
        self._normal: Floats = np.zeros((2, m), np.float32)
        self._arm: Floats = np.empty((2, m), np.float32)

    @classmethod
    def of(cls, state: State, table: Table, worlds: Rows) -> _Rovers:
        """Take rovers out of the state."""
        some = slice(c.NUM_CRATERS, state.obstacle_rows)
        rocks: Floats = state.obstacles[:, some, worlds]
        return cls(state.body[:, worlds], rocks, table.rows[:, worlds])

    def only(self, rows: Rows) -> _Rovers:
        """Return some of them."""
        return _Rovers(self.body[:, rows], self._rocks[:, :, rows], self._numbers[:, rows])

    def find_deepest(self) -> tuple[Floats, Flags]:
        """Find each rover's deepest contact; return (m,) its depth and whether it is a wall.

        A depth of at most 0 is none.
        """
        cosine, sine = self.body[6], self.body[7]
        along, across = self._find_walls(cosine, sine)
        wall = self._depth.copy()
        if not self._rocks.shape[1]:
            is_wall = np.ones(len(wall), np.bool_)
        else:
            is_wall = self._find_rocks(cosine, sine, along, across, wall)
        ax, ay = self._arm
        np.multiply(cosine, along, out=ax)
        ax -= sine * across
        np.multiply(sine, along, out=ay)
        ay += cosine * across
        return self._depth, is_wall

    def _find_walls(self, cosine: Floats, sine: Floats) -> tuple[Floats, Floats]:
        """Take the deeper of two walls; return where it touches, in the rover's frame."""
        x, y = self.body[0], self.body[1]
        width, height = self._numbers[Table.WIDTH], self._numbers[Table.HEIGHT]
        right, down = width - x, height - y
        # Towards which wall: 1 right or down, -1 left or up.
        side_x = np.copysign(_ONE, x - right)
        side_y = np.copysign(_ONE, y - down)
        reach_x = _LONG * np.abs(cosine) + _WIDE * np.abs(sine)
        reach_y = _LONG * np.abs(sine) + _WIDE * np.abs(cosine)
        deep_x = reach_x - np.minimum(x, right)
        deep_y = reach_y - np.minimum(y, down)
        by_x = deep_x >= deep_y
        np.maximum(deep_x, deep_y, out=self._depth)
        towards_x = side_x * by_x
        towards_y = side_y * ~by_x
        np.negative(towards_x, out=self._normal[0])
        np.negative(towards_y, out=self._normal[1])
        along = cosine * towards_x + sine * towards_y
        across = cosine * towards_y - sine * towards_x
        # The rectangle's corner that lies farthest that way; a side that lies flat, its middle.
        return _LONG * np.sign(along), _WIDE * np.sign(across)

    def _find_rocks(
        self, cosine: Floats, sine: Floats, along: Floats, across: Floats, wall: Floats
    ) -> Flags:
        """Take the deepest rock where it is deeper than the wall; return where it is not."""
        dx, dy = self._rocks[0] - self.body[0], self._rocks[1] - self.body[1]
        # In the rover's frame: the rock's middle, the nearest point of the rectangle, the offset.
        ahead, aside = cosine * dx, cosine * dy
        ahead += sine * dy
        aside -= sine * dx
        near_ahead = np.minimum(np.maximum(ahead, -_LONG), _LONG)
        near_aside = np.minimum(np.maximum(aside, -_WIDE), _WIDE)
        np.subtract(near_ahead, ahead, out=ahead)
        np.subtract(near_aside, aside, out=aside)
        np.multiply(ahead, ahead, out=dx)
        np.multiply(aside, aside, out=dy)
        dx += dy
        np.sqrt(dx, out=dx)
        np.subtract(self._rocks[2], dx, out=dy)
        which = dy.argmax(axis=0)
        flat = which * len(wall)
        flat += np.arange(len(wall))
        depth = dy.take(flat)
        by_rock = depth > wall
        distance = np.maximum(dx.take(flat), _TINY)
        ahead, aside = ahead.take(flat) / distance, aside.take(flat) / distance
        for target, value in (
            (self._depth, depth),
            (along, near_ahead.take(flat)),
            (across, near_aside.take(flat)),
            (self._normal[0], cosine * ahead - sine * aside),
            (self._normal[1], sine * ahead + cosine * aside),
        ):
            np.copyto(target, value, where=by_rock)
        is_wall: Flags = np.logical_not(by_rock)
        return is_wall

    def bounce(self, hit: Flags, *, springy: bool = True) -> Flags:
        """Change velocities by an impulse along the normal, then by one along the surface.

        Args:
            hit: (m,) who is in contact.
            springy: with restitution.

        Returns:
            (m,) bool, who moved towards what it touches.
        """
        (nx, ny), (rx, ry) = self._normal, self._arm
        vx, vy, spin = self.body[2], self.body[3], self.body[5]
        closing = (vx - spin * ry) * nx
        closing += (vy + spin * rx) * ny
        lever = rx * ny - ry * nx
        turning = lever * _INVERSE_INERTIA
        push = np.minimum(closing, _ZERO)
        if springy:
            push *= -(_ONE + self._numbers[Table.RESTITUTION])
        else:
            np.negative(push, out=push)
        push /= lever * turning + _ONE
        push *= hit
        vx += push * nx
        vy += push * ny
        spin += push * turning
        sliding = (vy + spin * rx) * nx
        sliding -= (vx - spin * ry) * ny
        lever = rx * nx + ry * ny
        turning = lever * _INVERSE_INERTIA
        sliding /= lever * turning + _ONE
        towards: Flags = push > _ZERO
        push *= self._numbers[Table.CONTACT_FRICTION]
        drag = np.minimum(np.maximum(sliding, -push), push)
        vx += drag * ny
        vy -= drag * nx
        spin -= drag * turning
        return towards

    def push(self, hit: Flags) -> None:
        """Move and turn rovers so that what touched lies on the surface."""
        (nx, ny), (rx, ry) = self._normal, self._arm
        lever = rx * ny - ry * nx
        turning = lever * _INVERSE_INERTIA
        way = self._depth * hit
        way /= lever * turning + _ONE
        body = self.body
        body[0] += way * nx
        body[1] += way * ny
        body[4] += way * turning
        work = np.empty((3, 2, body.shape[1]), np.float32)
        wrap(body[4], work[0, 0])
        sine_cosine(body[4], body[7], body[6], work)

    def limit_speed(self) -> None:
        """Scale velocities down to the largest speed: spin can turn into more."""
        vx, vy = self.body[2], self.body[3]
        speed = vx * vx
        speed += vy * vy
        np.maximum(speed, self._numbers[Table.MAX_SPEED_SQUARED], out=speed)
        np.sqrt(speed, out=speed)
        self.body[2:4] *= self._numbers[Table.MAX_SPEED] / speed
