class_name CarField
extends RefCounted
## The field's shape: its numbers, and how far a point is from its inner surface.
##
## Cars ask it for the ground below their wheels, starts for free places, CarFieldMesh for the
## triangles that hulls and the ball meet in the physics engine. Lengths in m, in the arena's own
## axes: y up, the goal of team 0 (blue) at +z, that of team 1 (orange) at -z. README.md names the
## sources. It holds no state.

## Half widths and height of the field.
const HALF_X: float = 40.96
const HALF_Z: float = 51.2
const HEIGHT: float = 20.44
## Where the corner walls would meet an axis: they stand at 45 degrees.
const CORNER: float = 80.64
## Radius of the ramps between floor or ceiling and a wall.
const RAMP: float = 2.56
## Radius of the upright edges between two walls.
const EDGE: float = 5.12
const GOAL_HALF: float = 8.92755
const GOAL_HEIGHT: float = 6.42775
const GOAL_DEPTH: float = 8.8
## The ball's centre beyond this |z| is a goal: the line and the ball's radius.
const GOAL_LINE: float = 51.2425 + 0.9125

# Centres of the upright edges' fillets, in the quarter where x and z are positive.
const _SIDE_X: float = HALF_X - EDGE
const _SIDE_Z: float = CORNER - EDGE * sqrt(2.0) - _SIDE_X
const _BACK_Z: float = HALF_Z - EDGE
const _BACK_X: float = CORNER - EDGE * sqrt(2.0) - _BACK_Z


## The nearest surface to [param p]: its normal, which points inwards, and in [code]d[/code] how far
## away it is, negative outside.
static func surface(p: Vector3) -> Plane:
	var z: float = absf(p.z)
	if absf(p.x) < GOAL_HALF and p.y < GOAL_HEIGHT and z > HALF_Z - RAMP:
		return _in_goal(p, z)
	var wall: Vector3 = _wall(p, z)
	var to_wall: float = wall.z
	var height: float = p.y
	var up: float = 1.0
	if height > HEIGHT * 0.5:
		height = HEIGHT - height
		up = -1.0
	if to_wall < RAMP and height < RAMP:
		var out: float = RAMP - to_wall
		var down: float = RAMP - height
		var far: float = maxf(sqrt(out * out + down * down), 1e-6)
		return Plane(Vector3(wall.x * out, up * down, wall.y * out) / far, RAMP - far)
	if to_wall < height:
		return Plane(Vector3(wall.x, 0.0, wall.y), to_wall)
	return Plane(Vector3(0.0, up, 0.0), height)


## Whether the surface below a thing of radius 1.5 m at [param p] is the flat floor.
static func is_over_flat_floor(p: Vector3) -> bool:
	var x: float = absf(p.x)
	var z: float = absf(p.z)
	return x < HALF_X - RAMP - 1.5 and z < HALF_Z - RAMP - 1.5 and x + z < CORNER - 6.0 - EDGE


# How far a point is from the nearest wall, and the wall's normal: (normal.x, normal.z, distance).
static func _wall(p: Vector3, z: float) -> Vector3:
	var x: float = absf(p.x)
	var sx: float = -1.0 if p.x > 0.0 else 1.0
	var sz: float = -1.0 if p.z > 0.0 else 1.0
	if x < _BACK_X or z < _SIDE_Z:
		if HALF_X - x < HALF_Z - z:
			return Vector3(sx, 0.0, HALF_X - x)
		return Vector3(0.0, sz, HALF_Z - z)
	var vx: float = x - _SIDE_X
	var vz: float = z - _SIDE_Z
	if vx > 0.0 and vz < vx:
		var far: float = maxf(sqrt(vx * vx + vz * vz), 1e-6)
		return Vector3(sx * vx / far, sz * vz / far, EDGE - far)
	vx = x - _BACK_X
	vz = z - _BACK_Z
	if vz > 0.0 and vx < vz:
		var far: float = maxf(sqrt(vx * vx + vz * vz), 1e-6)
		return Vector3(sx * vx / far, sz * vz / far, EDGE - far)
	var to_corner: float = (CORNER - x - z) * sqrt(0.5)
	var to_side: float = HALF_X - x
	var to_back: float = HALF_Z - z
	if to_corner <= to_side and to_corner <= to_back:
		return Vector3(sx * sqrt(0.5), sz * sqrt(0.5), to_corner)
	if to_side < to_back:
		return Vector3(sx, 0.0, to_side)
	return Vector3(0.0, sz, to_back)


# Between the posts: floor, roof, side walls and the net's back; sharp edges.
static func _in_goal(p: Vector3, z: float) -> Plane:
	var found: Plane = Plane(Vector3.UP, p.y)
	if z < HALF_Z:
		return found
	var to_back: float = HALF_Z + GOAL_DEPTH - z
	if to_back < found.d:
		found = Plane(Vector3(0.0, 0.0, -signf(p.z)), to_back)
	if GOAL_HALF - absf(p.x) < found.d:
		found = Plane(Vector3(-signf(p.x), 0.0, 0.0), GOAL_HALF - absf(p.x))
	if GOAL_HEIGHT - p.y < found.d:
		found = Plane(Vector3.DOWN, GOAL_HEIGHT - p.y)
	return found
