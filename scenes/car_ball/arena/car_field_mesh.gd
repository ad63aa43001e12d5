class_name CarFieldMesh
extends RefCounted
## The field as triangles, seen from inside: what hulls and the ball meet, and what a person sees.
##
## A profile (floor ramp, wall, ceiling ramp) is swept round the outline; the goals are left out of
## the back walls and added as boxes. CarBall makes the collision shape once for all arenas of a
## process; the view makes meshes of the parts.

## Parts of a ramp's quarter circle, and of the 45 degrees of an upright edge.
const RAMP_PARTS: int = 8
const EDGE_PARTS: int = 4

static var _shape: ConcavePolygonShape3D


## The collision shape of the whole field, the same one in every arena.
static func shape() -> ConcavePolygonShape3D:
	if _shape == null:
		_shape = ConcavePolygonShape3D.new()
		var faces: PackedVector3Array = []
		for part: PackedVector3Array in [floor_faces(), wall_faces(), roof_faces(), goal_faces()]:
			faces.append_array(part)
		_shape.set_faces(faces)
	return _shape


## The flat floor and the goals' floors.
static func floor_faces() -> PackedVector3Array:
	var faces: PackedVector3Array = []
	# Between the ramps of the back walls the floor runs on into the goals.
	_add_fan(faces, _ring(CarField.RAMP, 0.0), true)
	for side: float in [-1.0, 1.0]:
		var near: float = side * (CarField.HALF_Z - CarField.RAMP)
		var far: float = side * (CarField.HALF_Z + CarField.GOAL_DEPTH)
		var half: float = CarField.GOAL_HALF
		_add_quad(
			faces,
			Vector3(-half, 0.0, near),
			Vector3(half, 0.0, near),
			Vector3(half, 0.0, far),
			Vector3(-half, 0.0, far),
			Vector3.UP
		)
	return faces


## The flat ceiling.
static func roof_faces() -> PackedVector3Array:
	var faces: PackedVector3Array = []
	_add_fan(faces, _ring(CarField.RAMP, CarField.HEIGHT), false)
	return faces


## Walls with their ramps, without the goals' openings.
static func wall_faces() -> PackedVector3Array:
	var faces: PackedVector3Array = []
	var levels: Array[Vector2] = _profile()
	for level: int in levels.size() - 1:
		var low: PackedVector3Array = _ring(levels[level].x, levels[level].y)
		var high: PackedVector3Array = _ring(levels[level + 1].x, levels[level + 1].y)
		for i: int in low.size():
			var j: int = (i + 1) % low.size()
			# Below the crossbar the stretch between the posts is open.
			if _is_open(low[i], low[j]) and levels[level + 1].y <= CarField.GOAL_HEIGHT + 1e-4:
				continue
			var middle: Vector3 = (low[i] + low[j]) / 2.0
			_add_quad(faces, low[i], low[j], high[j], high[i], -middle)
	return faces


## Side walls, roof and back of both goals, and the ends of the ramps beside them.
static func goal_faces() -> PackedVector3Array:
	var faces: PackedVector3Array = []
	var half: float = CarField.GOAL_HALF
	var top: float = CarField.GOAL_HEIGHT
	for side: float in [-1.0, 1.0]:
		var near: float = side * CarField.HALF_Z
		var far: float = side * (CarField.HALF_Z + CarField.GOAL_DEPTH)
		for x: float in [-half, half]:
			_add_quad(
				faces,
				Vector3(x, 0.0, near),
				Vector3(x, 0.0, far),
				Vector3(x, top, far),
				Vector3(x, top, near),
				Vector3(-x, 0.0, 0.0)
			)
			_add_ramp_end(faces, x, side)
		_add_quad(
			faces,
			Vector3(-half, top, near),
			Vector3(half, top, near),
			Vector3(half, top, far),
			Vector3(-half, top, far),
			Vector3.DOWN
		)
		_add_quad(
			faces,
			Vector3(-half, 0.0, far),
			Vector3(half, 0.0, far),
			Vector3(half, top, far),
			Vector3(-half, top, far),
			Vector3(0.0, 0.0, -side)
		)
	return faces


# (distance from the wall, height) from the end of the floor to the start of the ceiling.
static func _profile() -> Array[Vector2]:
	var levels: Array[Vector2] = []
	for i: int in RAMP_PARTS + 1:
		var angle: float = PI / 2.0 * i / RAMP_PARTS
		levels.append(CarField.RAMP * Vector2(1.0 - sin(angle), 1.0 - cos(angle)))
	levels.append(Vector2(0.0, CarField.GOAL_HEIGHT))
	for i: int in RAMP_PARTS + 1:
		var angle: float = PI / 2.0 * i / RAMP_PARTS
		var level: Vector2 = CarField.RAMP * Vector2(1.0 - cos(angle), -1.0 + sin(angle))
		levels.append(level + Vector2(0.0, CarField.HEIGHT))
	return levels


# The outline, `inset` inside the walls, at a height: counter-clockwise seen from above, with points
# at the goal posts.
static func _ring(inset: float, height: float) -> PackedVector3Array:
	var radius: float = CarField.EDGE - inset
	var quarter: PackedVector2Array = []
	var centres: Array[Vector2] = [
		Vector2(CarField._SIDE_X, CarField._SIDE_Z), Vector2(CarField._BACK_X, CarField._BACK_Z)
	]
	for corner: int in 2:
		for i: int in EDGE_PARTS + 1:
			var angle: float = PI / 4.0 * (corner + float(i) / EDGE_PARTS)
			quarter.append(centres[corner] + radius * Vector2.from_angle(angle))
	quarter.append(Vector2(CarField.GOAL_HALF, CarField.HALF_Z - inset))
	var ring: PackedVector3Array = []
	for turn: int in 4:
		var count: int = quarter.size()
		for i: int in count:
			var at: Vector2 = quarter[i if turn % 2 == 0 else count - 1 - i]
			var x: float = at.x if turn == 0 or turn == 3 else -at.x
			var z: float = at.y if turn < 2 else -at.y
			ring.append(Vector3(x, height, z))
	return ring


static func _is_open(a: Vector3, b: Vector3) -> bool:
	var limit: float = CarField.GOAL_HALF + 1e-4
	return absf(a.x) < limit and absf(b.x) < limit


# The upright end of a ramp at a goal post, which looks into the goal's mouth.
static func _add_ramp_end(faces: PackedVector3Array, x: float, side: float) -> void:
	var foot: Vector3 = Vector3(x, 0.0, side * CarField.HALF_Z)
	for i: int in RAMP_PARTS:
		var corners: Array[Vector3] = [foot]
		for at: int in [i, i + 1]:
			var angle: float = PI / 2.0 * at / RAMP_PARTS
			var inset: float = CarField.RAMP * (1.0 - sin(angle))
			var height: float = CarField.RAMP * (1.0 - cos(angle))
			corners.append(Vector3(x, height, side * (CarField.HALF_Z - inset)))
		_add_triangle(faces, corners[0], corners[1], corners[2], Vector3(-x, 0.0, 0.0))


static func _add_fan(faces: PackedVector3Array, ring: PackedVector3Array, is_floor: bool) -> void:
	var middle: Vector3 = Vector3(0.0, ring[0].y, 0.0)
	for i: int in ring.size():
		var normal: Vector3 = Vector3.UP if is_floor else Vector3.DOWN
		_add_triangle(faces, middle, ring[i], ring[(i + 1) % ring.size()], normal)


static func _add_quad(
	faces: PackedVector3Array, a: Vector3, b: Vector3, c: Vector3, d: Vector3, normal: Vector3
) -> void:
	_add_triangle(faces, a, b, c, normal)
	_add_triangle(faces, a, c, d, normal)


# Godot's front faces are clockwise: the triangle is turned so that its front looks along `normal`.
static func _add_triangle(
	faces: PackedVector3Array, a: Vector3, b: Vector3, c: Vector3, normal: Vector3
) -> void:
	if (c - a).cross(b - a).dot(normal) >= 0.0:
		faces.append_array([a, b, c])
	else:
		faces.append_array([a, c, b])
