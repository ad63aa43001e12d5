class_name LunaFacts
extends RefCounted
## Numbers of the Lunabotics task that both twins share.
##
## The NumPy twin has the same in rl_training/scenarios/lunabotics/constants.py; a test compares
## them. Lengths are metres; the engine's are [constant PIXELS] times as long.

## Pixels of a metre.
const PIXELS: float = 100.0
const ROVER_LENGTH: float = 0.5
const ROVER_WIDTH: float = 0.36
const GRAVITY: float = 9.81
const DRIVE_FORCE: float = 120.0
const TURN_TORQUE_PER_INERTIA: float = 360.0
const MAX_TURN: float = 3.0
const CRATER_GRIP: float = 0.4
const SPINNING_GRIP: float = 0.05
const NUM_CRATERS: int = 2
const CRATER_RADII: Array[float] = [0.25, 0.35]
const ROCK_RADII: Array[float] = [0.12, 0.17]
const CELL_COLUMNS: int = 3
const CELL_ROWS: int = 4
const MAX_ROCKS: int = 10
const MAX_ORBS: int = 16
const FIELD_MARGIN: float = 0.35
const CELL_JITTER: float = 0.12
const ORB_MARGIN: float = 0.35
const START_MARGIN: float = 0.5
const START_HEADING: float = 1.5707963267948966
const REACH: float = 0.4
const DIG_THRESHOLD: float = 0.5
const SENSOR_RANGE: float = 3.0
const SENSOR_HALF_ANGLE_DEGREES: float = 60.0
const NEAREST: int = 5
const FREE: int = 0
const START: int = 1
const FIELD: int = 2
const EXCAVATION: int = 3
const CONSTRUCTION: int = 4
const BERM: int = 5
const START_X: float = 0.25
const START_Y: float = 0.4
const RIGHT_X: float = 0.7
const SPLIT_Y: float = 0.45
const BERM_X: Array[float] = [0.76, 0.94]
const BERM_Y: Array[float] = [0.1, 0.3]
