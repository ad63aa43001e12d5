class_name LunaLayout
extends RefCounted
## Where an episode's rover, craters, rocks and orbs lie: drawn from its seed alone.
##
## layout.py of the NumPy twin draws the same, bit for bit: integers from RLEpisodeSeed.mix, then
## double precision in the order written here. The controller draws one when an episode begins.

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")

## RLEpisodeSeed.mix returns numbers below it.
const SPAN: float = 2147483648.0
const START_PLACE: int = 0
const CELL_PLACE: int = 16
const JITTER_X_PLACE: int = 32
const JITTER_Y_PLACE: int = 48
const RADIUS_PLACE: int = 64
const ORB_X_PLACE: int = 80
const ORB_Y_PLACE: int = 96

## Where the rover starts, m, and its heading, rad.
var start: Vector2
var heading: float
## Middles of the craters, then of the rocks, m.
var obstacles: PackedVector2Array = []
## Their radii, m.
var radii: PackedFloat32Array = []
## Middles of the orbs, m.
var orbs: PackedVector2Array = []

var _seed: int


## Draws the episode with [param episode_seed] in a world of [param size] m.
func _init(episode_seed: int, size: Vector2, rocks: int, orb_count: int) -> void:
	_seed = episode_seed
	# Members of a Vector2 are single: what is computed must be double.
	var width: float = size.x
	var height: float = size.y
	_draw_obstacles(width, height, rocks)
	start = Vector2(
		_between(
			START_PLACE, LunaFacts.START_MARGIN, LunaFacts.START_X * width - LunaFacts.START_MARGIN
		),
		_between(
			START_PLACE + 1,
			LunaFacts.START_MARGIN,
			LunaFacts.START_Y * height - LunaFacts.START_MARGIN
		)
	)
	heading = _between(START_PLACE + 2, -LunaFacts.START_HEADING, LunaFacts.START_HEADING)
	for i: int in orb_count:
		var x: float = _between(
			ORB_X_PLACE + i,
			LunaFacts.RIGHT_X * width + LunaFacts.ORB_MARGIN,
			width - LunaFacts.ORB_MARGIN
		)
		var y: float = _between(
			ORB_Y_PLACE + i,
			LunaFacts.SPLIT_Y * height + LunaFacts.ORB_MARGIN,
			height - LunaFacts.ORB_MARGIN
		)
		orbs.append(Vector2(x, y))


func _draw_obstacles(width: float, height: float, rocks: int) -> void:
	var cells: int = LunaFacts.CELL_COLUMNS * LunaFacts.CELL_ROWS
	# Cells in the order of random keys; of two equal ones the lower cell comes first.
	var keys: PackedInt64Array = []
	for cell: int in cells:
		keys.append(RLEpisodeSeed.mix(_seed, CELL_PLACE + cell) * 16 + cell)
	keys.sort()
	var size_x: float = (LunaFacts.RIGHT_X - LunaFacts.START_X) * width / LunaFacts.CELL_COLUMNS
	var size_y: float = (height - 2.0 * LunaFacts.FIELD_MARGIN) / LunaFacts.CELL_ROWS
	for slot: int in mini(LunaFacts.NUM_CRATERS + rocks, cells):
		var cell: int = keys[slot] & 15
		var column: int = cell % LunaFacts.CELL_COLUMNS
		@warning_ignore("integer_division")
		var row: int = cell / LunaFacts.CELL_COLUMNS
		var jitter: float = LunaFacts.CELL_JITTER
		var off_x: float = _between(JITTER_X_PLACE + slot, -jitter, jitter)
		var off_y: float = _between(JITTER_Y_PLACE + slot, -jitter, jitter)
		obstacles.append(
			Vector2(
				LunaFacts.START_X * width + (column + 0.5 + off_x) * size_x,
				LunaFacts.FIELD_MARGIN + (row + 0.5 + off_y) * size_y
			)
		)
		var range_of: Array[float] = LunaFacts.ROCK_RADII
		if slot < LunaFacts.NUM_CRATERS:
			range_of = LunaFacts.CRATER_RADII
		radii.append(_between(RADIUS_PLACE + slot, range_of[0], range_of[1]))


func _between(place: int, low: float, high: float) -> float:
	return low + RLEpisodeSeed.mix(_seed, place) / SPAN * (high - low)
