class_name NavRays
extends ISensor3D
## How far the player can go in 16 directions before a wall, an obstacle or an edge.
##
## A line 0.6 m above the ground, through the body's axis, finds walls and obstacles. Where one is
## near, two more run along the body's flanks, so that a corner between two directions is seen.
## Where the course is not flat, short rays downwards then follow the ground along the axis, 3 m
## far; where one finds no ground (an edge) or starts inside it (a step that is too high) the way
## ends, and a level ray measures where.
##
## The value is the root of the free share of [member reach], counted from the body's surface, so
## that the last decimetres are told apart. The sensor stands at the feet and faces -Z, direction 0;
## directions go round to the right.

const COUNT: int = 16

@export var player: NavPlayer
## Free distance at which the value is 1, m.
@export var reach: float = 6.0
## Height of the rays above the feet, m; every obstacle is higher.
@export var height: float = 0.6
## Distance from the body's axis to its surface, m.
@export var radius: float = 0.3
## Flanks are looked along so far, and only where an obstacle is nearer in one of the five
## directions round theirs, m. Nothing broader than 0.5 m hides there from all of them.
@export var flank_reach: float = 2.0
## Distances from the axis at which ground is looked for, m.
@export var ground_steps: PackedFloat32Array = [0.4, 0.8, 1.2, 1.7, 2.3, 3.0]
## Steepest slope that counts as ground, metres up or down a metre.
@export var ground_slope: float = 0.7

# One ray for all: it takes 0.6 of the time of PhysicsDirectSpaceState3D.intersect_ray(). It casts
# on call only, so ticks without a reading cost nothing.
var _ray: RayCast3D = RayCast3D.new()
var _down: RayCast3D = RayCast3D.new()
var _side: RayCast3D = RayCast3D.new()
var _directions: PackedVector3Array = []
# Free metres in each direction at the last look.
var _free: PackedFloat32Array = []


func _ready() -> void:
	super()
	_free.resize(COUNT)
	for i: int in COUNT:
		var angle: float = TAU * i / COUNT
		_directions.append(Vector3(sin(angle), 0.0, -cos(angle)))
	for ray: RayCast3D in [_ray, _down, _side]:
		ray.enabled = false
		ray.top_level = true
		ray.add_exception(player)
		add_child(ray, false, Node.INTERNAL_MODE_FRONT)
	_ray.collision_mask = player.locomotion.obstacle_mask
	_down.collision_mask = player.locomotion.ground_mask
	_down.hit_from_inside = true
	_side.collision_mask = player.locomotion.ground_mask


func observation_size() -> int:
	return COUNT


func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	for i: int in COUNT:
		names.append("ray_%s" % str(360.0 * i / COUNT).trim_suffix(".0"))
	return names


func get_observation() -> Array:
	return Array(get_packed_observation())


func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	_look()
	for i: int in COUNT:
		buffer[offset + i] = sqrt(_free[i] / reach)
	return COUNT


## Draws each way up to where it ends.
func sketch(onto: RLSensorSketch) -> void:
	_look()
	var start: Vector3 = player.global_position + Vector3.UP * height
	for i: int in COUNT:
		var end: Vector3 = start + player.global_basis * _directions[i] * (_free[i] + radius)
		onto.ray(start, end, 1.0 - _free[i] / reach if _free[i] < reach else -1.0)


# Free metres from the body's surface on in each direction, at most [member reach].
func _look() -> void:
	var frame: Basis = player.global_basis
	var feet: Vector3 = player.global_position
	var from: Vector3 = feet + Vector3(0.0, height, 0.0)
	var nearest: float = reach
	_ray.global_position = from
	for i: int in COUNT:
		_ray.target_position = frame * _directions[i] * (reach + radius)
		_ray.force_raycast_update()
		var free: float = reach
		if _ray.is_colliding():
			free = maxf(from.distance_to(_ray.get_collision_point()) - radius, 0.0)
			nearest = minf(nearest, free)
		_free[i] = free
	if nearest < flank_reach:
		_look_along_flanks(frame, from)
	if not player.is_on_level and player.is_grounded:
		for i: int in COUNT:
			var until: float = _ground_until(feet, frame * _directions[i], _free[i] + radius)
			_free[i] = maxf(until - radius, 0.0)


func _look_along_flanks(frame: Basis, from: Vector3) -> void:
	var seen: PackedFloat32Array = _free.duplicate()
	for i: int in COUNT:
		var near: float = minf(seen[i], minf(seen[(i + 15) % COUNT], seen[(i + 14) % COUNT]))
		near = minf(near, minf(seen[(i + 1) % COUNT], seen[(i + 2) % COUNT]))
		if near >= flank_reach:
			continue
		var direction: Vector3 = frame * _directions[i]
		var flank: Vector3 = Vector3(-direction.z, 0.0, direction.x) * radius
		_ray.target_position = direction * minf(seen[i], flank_reach)
		for side: float in [-1.0, 1.0]:
			var start: Vector3 = from + flank * side
			_ray.global_position = start
			_ray.force_raycast_update()
			if _ray.is_colliding():
				_free[i] = minf(_free[i], start.distance_to(_ray.get_collision_point()))


# Metres along [param direction] to where the ground ends, at most [param free].
func _ground_until(feet: Vector3, direction: Vector3, free: float) -> float:
	var level: float = feet.y
	var before: float = 0.0
	for distance: float in ground_steps:
		if before > free:
			return free
		var slack: float = player.step_height + ground_slope * (distance - before)
		var place: Vector3 = feet + direction * distance
		_down.global_position = Vector3(place.x, level + slack, place.z)
		_down.target_position = Vector3(0.0, -2.0 * slack, 0.0)
		_down.force_raycast_update()
		if not _down.is_colliding():
			place.y = level - 0.05
			return minf(free, distance - _to_side(place, direction * (before - distance)))
		var found: float = _down.get_collision_point().y
		if found >= level + slack - 1e-3:
			place = feet + direction * before
			place.y = level + slack
			return minf(free, before + _to_side(place, direction * (distance - before)))
		level = found
		before = distance
	return free


# Metres from [param place] to the side of the ground that lies [param towards] it; all of them
# where it has none.
func _to_side(place: Vector3, towards: Vector3) -> float:
	_side.global_position = place
	_side.target_position = towards
	_side.force_raycast_update()
	if not _side.is_colliding():
		return towards.length()
	return place.distance_to(_side.get_collision_point())
