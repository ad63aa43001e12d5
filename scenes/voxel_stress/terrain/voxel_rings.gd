class_name VoxelRings
extends RefCounted
## Which columns are wanted round a place: a square of fine ones, and round it rings of coarser
## ones.
##
## Level l has columns of 16 * 2^l m. Its square is 8 x 8 columns; the square of the finer level is
## left out. A square's middle stands on a grid of two columns and follows the place once that is a
## little farther away than half of the grid, so that to and fro at one line changes nothing.
## VoxelTerrain asks; all is whole numbers. It loads nothing.

const LEVELS: int = 3
## Columns from the middle of a square to its edge.
const REACH: int = 4
## How far beyond half of the grid the place may be, in columns.
const SLACK: float = 0.25

## Middles of the squares, in columns of their level.
var middles: Array[Vector2i] = []


func _init() -> void:
	middles.resize(LEVELS)


## Length of a column of [param level], m.
static func length_of(level: int) -> int:
	return 16 << level


## Puts the place at [param x], [param z] m, whatever was before.
func start_at(x: float, z: float) -> void:
	for level: int in LEVELS:
		middles[level] = Vector2i(_nearest(x, level), _nearest(z, level))


## Follows the place; true when a middle has moved.
func follow(x: float, z: float) -> bool:
	var has_moved: bool = false
	for level: int in LEVELS:
		var length: float = length_of(level)
		var middle: Vector2i = middles[level]
		if absf(x / length - middle.x) > 1.0 + SLACK:
			middle.x = _nearest(x, level)
		if absf(z / length - middle.y) > 1.0 + SLACK:
			middle.y = _nearest(z, level)
		if middle != middles[level]:
			middles[level] = middle
			has_moved = true
	return has_moved


## The keys (level, x, z) of all columns that are wanted.
func wanted() -> Array[Vector3i]:
	var keys: Array[Vector3i] = []
	for level: int in LEVELS:
		var middle: Vector2i = middles[level]
		for x: int in range(middle.x - REACH, middle.x + REACH):
			for z: int in range(middle.y - REACH, middle.y + REACH):
				if level == 0 or not _is_inside(level - 1, x * 2, z * 2):
					keys.append(Vector3i(level, x, z))
	return keys


# Whether a column of the level is in its square.
func _is_inside(level: int, x: int, z: int) -> bool:
	var offset: Vector2i = Vector2i(x, z) - middles[level]
	return offset.x >= -REACH and offset.x < REACH and offset.y >= -REACH and offset.y < REACH


static func _nearest(value: float, level: int) -> int:
	return roundi(value / (length_of(level) * 2)) * 2
