extends RefCounted
## A way of straight legs at right angles that never meets itself, on a lattice over the floor.
##
## Corridors, platforms and ramps are built along one. Two legs that are not neighbours are at least
## one pitch apart, so there is room for walls between them.

const CoursePlan := preload("res://scenes/vr_navigation/courses/course_plan.gd")

## Walks tried before a shorter one is accepted.
const TRIES: int = 12


## Corners of a walk, both ends included, with up to [param turns] turns: (x, z) in m. Legs are
## [param least_leg] to [param largest_leg] pitches of [param pitch] m; the lattice keeps
## [param margin] m from the floor's rim. Asks for a turn less when no walk was found.
static func draw(
	rng: RandomNumberGenerator,
	turns: int,
	pitch: float,
	legs: Vector2i,
	margin: float,
) -> PackedVector2Array:
	var half: float = CoursePlan.HALF_FLOOR - margin
	var lines: int = floori(2.0 * half / pitch) + 1
	var step: float = 2.0 * half / (lines - 1)
	while true:
		for attempt: int in TRIES:
			var corners: Array[Vector2i] = _try_walk(rng, turns, lines, legs)
			if corners.size() == turns + 2:
				var places: PackedVector2Array = []
				for corner: Vector2i in corners:
					places.append(Vector2(corner) * step - Vector2(half, half))
				return places
		turns -= 1
	return []


static func _try_walk(
	rng: RandomNumberGenerator, turns: int, lines: int, legs: Vector2i
) -> Array[Vector2i]:
	var here: Vector2i = Vector2i(rng.randi_range(0, lines - 1), rng.randi_range(0, lines - 1))
	var corners: Array[Vector2i] = [here]
	var visited: Dictionary[Vector2i, bool] = {here: true}
	var ways: Array[Vector2i] = [Vector2i.RIGHT, Vector2i.DOWN, Vector2i.LEFT, Vector2i.UP]
	var heading: int = rng.randi_range(0, 3)
	for leg: int in turns + 1:
		if leg > 0:
			heading = posmod(heading + (1 if rng.randf() < 0.5 else -1), 4)
		var wanted: int = rng.randi_range(legs.x, legs.y)
		var gone: int = 0
		while gone < wanted:
			var next: Vector2i = here + ways[heading]
			if mini(next.x, next.y) < 0 or maxi(next.x, next.y) >= lines or next in visited:
				break
			here = next
			visited[here] = true
			gone += 1
		if gone < legs.x:
			return corners
		corners.append(here)
	return corners


## The rectangles of [param width] along the legs for a cell way: each holds its leg and the square
## at the leg's end, the first also the square at its start.
static func find_cells(corners: PackedVector2Array, width: float) -> Array[Rect2]:
	var cells: Array[Rect2] = []
	var square: Vector2 = Vector2(width, width) / 2.0
	for leg: int in corners.size() - 1:
		var ahead: Vector2 = (corners[leg + 1] - corners[leg]).normalized()
		var from: Vector2 = corners[leg] + ahead * (-width if leg == 0 else width) / 2.0
		var to: Vector2 = corners[leg + 1] + ahead * width / 2.0
		var side: Vector2 = ahead.orthogonal().abs() * square
		var low: Vector2 = from.min(to) - side
		cells.append(Rect2(low, from.max(to) + side - low))
	return cells
