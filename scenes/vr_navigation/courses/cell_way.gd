extends "res://scenes/vr_navigation/courses/course_way.gd"
## The way through a row of rectangles, each of which touches the next: the shortest line for the
## middle of a body, exactly.
##
## The rectangles hold the places that the body's middle may take. The distance from a corner of
## each opening is worked out once; then a place needs only the first corner of its way, found by
## the funnel algorithm (Lee and Preparata 1984, Networks 14:393-410; Chazelle 1982, FOCS). A place
## outside all of them counts from the nearest place inside, and what it is outside.

## A place outside counts from all rectangles up to this distance, m, whichever way is the shortest;
## farther out from the nearest one alone.
const NEAR: float = 0.7
## What a metre outside counts, at least the longest way round a right angle.
const DETOUR: float = 1.4143

# Openings between a rectangle and the next, by their ends as seen when walking to the goal. The
# last is the goal itself, twice.
var _left: PackedVector2Array = []
var _right: PackedVector2Array = []
# Way left from those ends, m.
var _left_to_go: PackedFloat32Array = []
var _right_to_go: PackedFloat32Array = []
var _cells: Array[Rect2] = []


## [param cells] from the start's to the goal's; each touches the next along a side.
func _init(goal: Vector2, cells: Array[Rect2]) -> void:
	_cells = cells
	for i: int in cells.size() - 1:
		_add_opening(cells[i], cells[i + 1])
	_left.append(goal)
	_right.append(goal)
	_left_to_go.resize(_left.size())
	_right_to_go.resize(_right.size())
	for i: int in range(_left.size() - 2, -1, -1):
		_left_to_go[i] = _measure(_left[i], i + 1)
		_right_to_go[i] = _measure(_right[i], i + 1)


func to_go(place: Vector2) -> float:
	for i: int in _cells.size():
		if place == place.clamp(_cells[i].position, _cells[i].end):
			return _measure(place, i)
	return _measure_outside(place)


## The places at which the shortest way from [param place] turns, and the goal.
func find_turns(place: Vector2) -> PackedVector2Array:
	var turns: PackedVector2Array = []
	var here: Vector2 = place
	var left: float = to_go(here)
	while left > 1e-3:
		var best: Vector2 = _left[-1]
		var best_rest: float = 0.0
		for i: int in _left.size():
			for side: int in 2:
				var corner: Vector2 = _left[i] if side == 0 else _right[i]
				var rest: float = _left_to_go[i] if side == 0 else _right_to_go[i]
				if absf(here.distance_to(corner) + rest - left) < 1e-3 and rest < left - 1e-3:
					if rest > best_rest:
						best = corner
						best_rest = rest
		turns.append(best)
		here = best
		left = best_rest
	return turns


# A body may cut a wall's corner a little: then its middle is in no rectangle, but near two.
func _measure_outside(place: Vector2) -> float:
	var best: float = INF
	var nearest: float = INF
	for i: int in _cells.size():
		var inside: Vector2 = place.clamp(_cells[i].position, _cells[i].end)
		var out: float = inside.distance_to(place)
		if out > NEAR and out > nearest:
			continue
		var way: float = out * DETOUR + _measure(inside, i)
		if nearest > NEAR:
			best = way
		best = minf(best, way)
		nearest = minf(nearest, out)
	return best


# The way from a place in cell number [param first]: straight to the first corner, then as known.
func _measure(place: Vector2, first: int) -> float:
	var left: Vector2 = _left[first] - place
	var right: Vector2 = _right[first] - place
	var left_index: int = first
	var right_index: int = first
	for i: int in range(first + 1, _left.size()):
		var next: Vector2 = _right[i] - place
		if right.cross(next) <= 0.0:
			if left.cross(next) < 0.0:
				return left.length() + _left_to_go[left_index]
			right = next
			right_index = i
		next = _left[i] - place
		if left.cross(next) >= 0.0:
			if right.cross(next) > 0.0:
				return right.length() + _right_to_go[right_index]
			left = next
			left_index = i
	return (_left[-1] - place).length()


func _add_opening(cell: Rect2, next: Rect2) -> void:
	var low: Vector2 = cell.position.max(next.position)
	var high: Vector2 = cell.end.min(next.end)
	var ahead: Vector2
	if high.x - low.x < high.y - low.y:
		low.x = (low.x + high.x) / 2.0
		high.x = low.x
		ahead = Vector2(signf(next.get_center().x - cell.get_center().x), 0.0)
	else:
		low.y = (low.y + high.y) / 2.0
		high.y = low.y
		ahead = Vector2(0.0, signf(next.get_center().y - cell.get_center().y))
	# With x to the right and z towards the eye, a positive cross product is to the right.
	var low_is_right: bool = ahead.cross(low - high) > 0.0
	_left.append(high if low_is_right else low)
	_right.append(low if low_is_right else high)
