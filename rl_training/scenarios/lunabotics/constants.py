"""Numbers and names of the Lunabotics task that both twins share. Light: no NumPy.

The Godot scene has the same numbers in `scenes/lunabotics/luna_facts.gd`; a test compares them.
Lengths are metres, angles radians, times seconds. x points right, y down, angles turn from x to y.
"""

from __future__ import annotations

ROVER_LENGTH = 0.5
"""Along its heading, m."""
ROVER_WIDTH = 0.36
"""Across its heading, m."""
GRAVITY = 9.81
"""On which the ground's friction counts, m/s^2: the competition is held on Earth."""
DRIVE_FORCE = 120.0
"""Largest force of the wheels along the heading, N."""
TURN_TORQUE_PER_INERTIA = 360.0
"""Largest angular acceleration times the mass, rad/s^2 kg."""
MAX_TURN = 3.0
"""Rate of turning that the angular action 1 asks for, rad/s."""
CRATER_GRIP = 0.4
"""Share of speed and grip that is left inside a crater."""
SPINNING_GRIP = 0.05
"""Share of the grip across the heading that is left to wheels that are asked for the largest rate
of turning while the rover does not turn: so it slides off what it touches (friction circle)."""

NUM_CRATERS = 2
CRATER_RADII = (0.25, 0.35)
ROCK_RADII = (0.12, 0.17)
CELL_COLUMNS = 3
CELL_ROWS = 4
MAX_ROCKS = CELL_COLUMNS * CELL_ROWS - NUM_CRATERS
MAX_ORBS = 16
SLOTS = 16
"""Obstacles (craters first), and orbs, that a world has room for."""
FIELD_MARGIN = 0.35
"""Room between the walls and the cells in which obstacles lie, m."""
CELL_JITTER = 0.12
"""Share of a cell by which an obstacle may lie off its middle, to either side."""
ORB_MARGIN = 0.35
"""Least distance of an orb from the edge of the excavation zone, m."""
START_MARGIN = 0.5
"""Least distance of the rover's start from the edge of its zone, m."""
START_HEADING = 1.5707963267948966
"""Largest angle between the rover's heading at the start and x, rad: it starts towards the field,
which its sensor looks at. What it brings for learning was not shown."""

REACH = 0.4
"""Farthest orb that the scoop takes, m from the rover's middle."""
DIG_THRESHOLD = 0.5
"""From this value of the action `dig` on the scoop works."""

SENSOR_RANGE = 3.0
"""How far the frustum sensor sees, m."""
SENSOR_HALF_ANGLE_DEGREES = 60.0
NEAREST = 5
"""Obstacles, and orbs, that are observed."""

FREE, START, FIELD, EXCAVATION, CONSTRUCTION, BERM = range(6)
"""The zones: elsewhere, start, obstacle field, excavation, construction, and the berm in it."""
ZONE_NAMES = ("free", "start", "field", "excavation", "construction", "berm")

START_X, START_Y = 0.25, 0.4
"""Far corner of the start zone, as shares of the world's width and height."""
RIGHT_X = 0.7
"""Where the field ends and excavation and construction begin, share of the width."""
SPLIT_Y = 0.45
"""Where construction ends and excavation begins, share of the height."""
BERM_X = (0.76, 0.94)
BERM_Y = (0.1, 0.3)

REWARDS: dict[str, float] = {
    "time": -0.01,
    "reach_excavation": 10.0,
    "collect": 50.0,
    "reach_construction": 100.0,
    "deposit": 200.0,
    "obstacle": -10.0,
    "wall": -5.0,
    "progress_excavation": 1.0,
    "progress_construction": 2.0,
}
"""Weight of each term, in reward per unit."""

METRICS = ("success", "orbs_deposited", "obstacle_contacts", "wall_contacts", "first_deposit_time")

OBSERVATION_NAMES: tuple[str, ...] = (
    *("x", "y", "velocity_x", "velocity_y", "angle", "angular_velocity", "zone", "holding"),
    *(f"obstacle_{i}_{what}" for i in range(NEAREST) for what in ("distance", "angle")),
    *(f"orb_{i}_{what}" for i in range(NEAREST) for what in ("distance", "angle")),
)
ACTION_NAMES = ("linear", "angular", "dig")

ACTION_REPEAT = 6
"""Ticks of a decision in a training: 0.1 s."""
TICKS_PER_SECOND = 60
