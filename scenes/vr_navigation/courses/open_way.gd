extends "res://scenes/vr_navigation/courses/course_way.gd"
## The way over an open floor with round obstacles: the straight line, and for each obstacle that
## the line meets what the way round it is longer.
##
## Exact for one obstacle in the line; for several it is the sum of their detours. A place within an
## obstacle's circle counts from the circle's rim, and what it is inside: so the distance has no
## jump, and leads out. No two circles may meet.

## Side of the squares for which the obstacles that matter are remembered, m, and squares in a row.
const SQUARE: float = 2.5
const ROW: int = 8
## A place on a circle's rim is put this far out of it, m, so that rounding does not put it in.
const RIM: float = 1e-4

var _goal: Vector2
var _centres: PackedVector2Array
var _radii: PackedFloat32Array
# Obstacles that a line from the square to the goal can meet; null until somebody asks.
var _near: Array = []


## [param radii] are those of the obstacles and the room that the way keeps from them, m.
func _init(goal: Vector2, centres: PackedVector2Array, radii: PackedFloat32Array) -> void:
	_goal = goal
	_centres = centres
	_radii = radii
	if not centres.is_empty():
		_near.resize(ROW * ROW)


func to_go(place: Vector2) -> float:
	var line: Vector2 = _goal - place
	var straight: float = line.length()
	if _near.is_empty():
		return straight
	var square: Vector2i = Vector2i((place / SQUARE).floor()) + Vector2i(ROW, ROW) / 2
	square = square.clamp(Vector2i.ZERO, Vector2i(ROW - 1, ROW - 1))
	var index: int = square.y * ROW + square.x
	if _near[index] == null:
		_near[index] = _find_near(square)
	var sum: float = straight
	var near: PackedInt32Array = _near[index]
	for i: int in near:
		var offset: Vector2 = _centres[i] - place
		var radius: float = _radii[i]
		var inside: float = radius * radius - offset.length_squared()
		if inside > 0.0:
			return _from_inside(offset, i)
		var along: float = line.dot(offset)
		if along <= 0.0 or along >= straight * straight:
			continue
		if absf(line.cross(offset)) < radius * straight:
			sum += _detour(place, straight, _centres[i], radius)
	return sum


# [param offset] is from the place to the middle of circle number [param index].
func _from_inside(offset: Vector2, index: int) -> float:
	var apart: float = maxf(offset.length(), 1e-3)
	var rim: Vector2 = _centres[index] - offset * ((_radii[index] + RIM) / apart)
	return _radii[index] - apart + to_go(rim)


# How much longer than [param straight] the way round one circle is: two tangents and an arc.
func _detour(place: Vector2, straight: float, centre: Vector2, radius: float) -> float:
	var from: Vector2 = place - centre
	var to: Vector2 = _goal - centre
	var from_length: float = from.length()
	var to_length: float = to.length()
	if to_length <= radius:
		return 0.0
	var arc: float = (
		absf(from.angle_to(to)) - acos(minf(radius / from_length, 1.0)) - acos(radius / to_length)
	)
	var tangents: float = (
		sqrt(maxf(from_length * from_length - radius * radius, 0.0))
		+ sqrt(to_length * to_length - radius * radius)
	)
	return maxf(tangents + radius * arc - straight, 0.0)


# Places beyond the floor count to the squares at its rim, which are larger therefore.
func _find_near(square: Vector2i) -> PackedInt32Array:
	var found: PackedInt32Array = []
	var middle: Vector2 = (Vector2(square) - Vector2(ROW - 1, ROW - 1) / 2.0) * SQUARE
	var reach: float = SQUARE
	for i: int in _centres.size():
		var nearest: Vector2 = Geometry2D.get_closest_point_to_segment(_centres[i], middle, _goal)
		if nearest.distance_to(_centres[i]) < _radii[i] + reach:
			found.append(i)
	return found
