"""What N worlds are at one moment: arrays whose last axis is worlds. It computes no physics.

Every array is contiguous along the worlds, so that one ufunc call does one thing to all of them.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.layout import FAR, Layout
from rl_training.scenarios.lunabotics.parameters import INDEX

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_BODY = ("x", "y", "vx", "vy", "angle", "spin", "cosine", "sine")
_TABLE = (
    *("dt", "max_speed", "max_speed_squared", "drive", "side", "turn"),
    *("width", "height", "scale_x", "scale_y", "scale_speed"),
    *("start_x", "start_y", "right_x", "split_y"),
    *("berm_left", "berm_right", "berm_top", "berm_bottom", "berm_x", "berm_y"),
    *("contact_friction", "restitution", "actuator_noise", "observation_noise"),
)


class Table:
    """Numbers of each world's running episode, (n,) float32 each; limits are those of a tick.

    Args:
        n: worlds.

    Attributes:
        rows: (rows, n) float32; the attributes below are its rows.
        weights: (terms, n) float32, of the reward.
        limit: (n,) int32, decisions of an episode.
        second: (n,) int32, decisions of a second.
        delay: (n,) int32, ticks by which actions come late.
    """

    dt: Floats
    max_speed: Floats
    max_speed_squared: Floats
    drive: Floats
    side: Floats
    turn: Floats
    width: Floats
    height: Floats
    scale_x: Floats
    scale_y: Floats
    scale_speed: Floats
    start_x: Floats
    start_y: Floats
    right_x: Floats
    split_y: Floats
    berm_left: Floats
    berm_right: Floats
    berm_top: Floats
    berm_bottom: Floats
    berm_x: Floats
    berm_y: Floats
    contact_friction: Floats
    restitution: Floats
    actuator_noise: Floats
    observation_noise: Floats

    WIDTH: ClassVar[int] = _TABLE.index("width")
    HEIGHT: ClassVar[int] = _TABLE.index("height")
    MAX_SPEED: ClassVar[int] = _TABLE.index("max_speed")
    MAX_SPEED_SQUARED: ClassVar[int] = _TABLE.index("max_speed_squared")
    RESTITUTION: ClassVar[int] = _TABLE.index("restitution")
    CONTACT_FRICTION: ClassVar[int] = _TABLE.index("contact_friction")

    def __init__(self, n: int) -> None:
        self.rows: Floats = np.zeros((len(_TABLE), n), np.float32)
        self.weights: Floats = np.zeros((len(c.REWARDS), n), np.float32)
        self.limit = np.zeros(n, np.int32)
        self.second = np.ones(n, np.int32)
        self.delay = np.zeros(n, np.int32)
        for name, row in zip(_TABLE, self.rows, strict=True):
            setattr(self, name, row)

    def fill(self, worlds: NDArray[np.intp], values: Doubles, repeat: int) -> None:
        """Take over the parameters of episodes that begin.

        Args:
            worlds: (m,) which.
            values: (parameters, m) of `EpisodeValues.columns`.
            repeat: ticks of a decision.
        """
        given = {name: values[row] for name, row in INDEX.items()}
        dt, mass, width, height = (
            given[name] for name in ("dt", "mass", "world_width", "world_height")
        )
        side = given["friction"] * c.GRAVITY
        found: dict[str, Doubles] = {
            "dt": dt,
            "max_speed": given["max_speed"],
            "max_speed_squared": given["max_speed"] ** 2,
            "drive": np.minimum(c.DRIVE_FORCE / mass, side) * dt,
            "side": side * dt,
            "turn": c.TURN_TORQUE_PER_INERTIA / mass * dt,
            "width": width,
            "height": height,
            "scale_x": 2.0 / width,
            "scale_y": 2.0 / height,
            "scale_speed": 1.0 / given["max_speed"],
            "start_x": c.START_X * width,
            "start_y": c.START_Y * height,
            "right_x": c.RIGHT_X * width,
            "split_y": c.SPLIT_Y * height,
            "berm_left": c.BERM_X[0] * width,
            "berm_right": c.BERM_X[1] * width,
            "berm_top": c.BERM_Y[0] * height,
            "berm_bottom": c.BERM_Y[1] * height,
            "berm_x": 0.5 * sum(c.BERM_X) * width,
            "berm_y": 0.5 * sum(c.BERM_Y) * height,
            "contact_friction": given["contact_friction"],
            "restitution": given["restitution"],
            "actuator_noise": given["actuator_noise"],
            "observation_noise": given["observation_noise"],
        }
        self.rows[:, worlds] = np.stack([found[name] for name in _TABLE])
        self.weights[:, worlds] = np.stack([given[f"reward_{term}"] for term in c.REWARDS])
        # A limit that is a whole number of decisions but for rounding is that number.
        decisions = np.ceil(given["time_limit"] / (dt * repeat) - 1e-6)
        self.limit[worlds] = np.maximum(decisions, 1)
        self.second[worlds] = np.maximum(np.rint(1.0 / (dt * repeat)), 1)
        self.delay[worlds] = np.rint(given["action_delay"])


class State:
    """Rovers and what lies about them.

    Args:
        n: worlds.

    Attributes:
        body: (8, n) float32; the attributes `x` ... `sine` are its rows: m, m/s, rad, rad/s.
        obstacles: (3, SLOTS, n) float32: x, y, radius in m; craters first. FAR where none is.
        orbs: (2, SLOTS, n) float32: x, y in m. FAR where none is.
        obstacle_rows: obstacle slots that any world uses.
        holding: (n,) bool, the rover carries an orb.
        zone: (n,) float32, 0 to 5.
        seeds: (n,) uint32, of the running episodes.
        decisions: (n,) int32, of the running episodes.
        touching: (2, n) int32, decisions for which the rover has touched an obstacle, a wall,
            since that was last paid for; 0: it does not.
        told: (2, n) bool, excavation and construction were reached on this trip.
        orb_distance: (n,) float32, to the nearest orb that is left, m.
        berm_distance: (n,) float32, to the berm's middle, m.
        collected: (n,) int32, orbs that were dug out.
        deposited: (n,) int32, orbs that lie on the berm.
        contacts: (2, n) int32, new contacts with obstacles, with walls.
        first_deposit: (n,) int32, decisions until the first orb was deposited; 0: none was.
        total: (n,) int32, orbs at the start.
        sums: (terms, n) float32, of the reward.
    """

    x: Floats
    y: Floats
    vx: Floats
    vy: Floats
    angle: Floats
    spin: Floats
    cosine: Floats
    sine: Floats

    def __init__(self, n: int) -> None:
        self.n = n
        self.body: Floats = np.zeros((len(_BODY), n), np.float32)
        for name, row in zip(_BODY, self.body, strict=True):
            setattr(self, name, row)
        self.obstacles: Floats = np.zeros((3, c.SLOTS, n), np.float32)
        self.orbs: Floats = np.zeros((2, c.SLOTS, n), np.float32)
        self.obstacle_rows = c.NUM_CRATERS
        self.holding = np.zeros(n, np.bool_)
        self.zone: Floats = np.zeros(n, np.float32)
        self.seeds = np.zeros(n, np.uint32)
        self.decisions = np.zeros(n, np.int32)
        self.touching = np.zeros((2, n), np.int32)
        self.told = np.zeros((2, n), np.bool_)
        self.orb_distance: Floats = np.zeros(n, np.float32)
        self.berm_distance: Floats = np.zeros(n, np.float32)
        self.collected = np.zeros(n, np.int32)
        self.deposited = np.zeros(n, np.int32)
        self.contacts = np.zeros((2, n), np.int32)
        self.first_deposit = np.zeros(n, np.int32)
        self.total = np.zeros(n, np.int32)
        self.sums: Floats = np.zeros((len(c.REWARDS), n), np.float32)

    def begin(self, worlds: NDArray[np.intp], seeds: NDArray[np.uint32], layout: Layout) -> None:
        """Put worlds at the start of their next episodes.

        Args:
            worlds: (m,) which.
            seeds: (m,) of the episodes.
            layout: of the episodes.
        """
        self.body[:, worlds] = 0.0
        self.x[worlds], self.y[worlds], self.angle[worlds] = layout.start
        self.obstacles[:, :, worlds] = layout.obstacles
        self.orbs[:, :, worlds] = layout.orbs
        self.seeds[worlds] = seeds
        self.total[worlds] = (layout.orbs[0] < FAR).sum(axis=0)
        for counts in (
            *(self.holding, self.decisions, self.collected, self.deposited, self.first_deposit),
            *(self.touching, self.told, self.contacts, self.sums),
        ):
            counts[..., worlds] = 0
