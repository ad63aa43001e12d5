class_name Course
extends Node3D
## One course: start, waypoints and obstacles, drawn anew from a seed on a square floor.
##
## Guarantees, measured between circles round the boxes (so the real gaps are larger): obstacles and
## walls are at least [constant GAP] apart, start and waypoints keep [constant CLEARANCE] from
## obstacles and walls, and each waypoint lies at least [constant MIN_LEG] from the point before.
## It moves its obstacles' physics bodies at once, so that queries in the same tick see them.

## A new course stands.
signal built
## The waypoint with this index was reached.
signal waypoint_reached(index: int)

const WAYPOINT_COUNT: int = 3
const WAYPOINT_RADIUS: float = 1.0
const GAP: float = 1.6
const CLEARANCE: float = 1.3
const MIN_LEG: float = 4.0
const MAX_TRIES: int = 60
## Most boxes of a course.
const MAX_OBSTACLES: int = 12

## Side of the square floor, m.
@export var floor_size: float = 20.0
## Number of box obstacles unless somebody sets [member obstacle_count].
@export_range(0, MAX_OBSTACLES) var default_count: int = 8
## Range of a box's width and depth, m.
@export var obstacle_width: Vector2 = Vector2(0.8, 2.0)
## Range of a box's height, m.
@export var obstacle_height: Vector2 = Vector2(1.0, 2.0)
## Physics layer of the obstacles.
@export_flags_3d_physics var obstacle_layer: int = 2

## Number of boxes of the course that is built next, 0 to MAX_OBSTACLES.
var obstacle_count: int = default_count:
	set(count):
		obstacle_count = clampi(count, 0, MAX_OBSTACLES)
## Start, relative to this node, on the ground.
var start: Vector3 = Vector3.ZERO
## Yaw at the start, rad.
var start_yaw: float = 0.0
## Waypoints in order, relative to this node, on the ground.
var waypoints: PackedVector3Array = []
## The boxes of this course, in no order. A box that this course leaves out is not among them.
var obstacles: Array[StaticBody3D] = []
## Radius of the circle round each box, m.
var radii: PackedFloat32Array = []
## Index of the waypoint to reach; WAYPOINT_COUNT when the course is finished.
var next_waypoint: int = 0
## The waypoint to reach (global); the last one when the course is finished.
var target: Vector3 = Vector3.ZERO

# Every box that there is, the first ones standing.
var _bodies: Array[StaticBody3D] = []
var _shapes: Array[BoxShape3D] = []
var _centres: PackedVector3Array = []


func _ready() -> void:
	obstacle_count = default_count


## Draws the course of this seed. The same generator may be used further for what else is random.
func build(rng: RandomNumberGenerator) -> void:
	if obstacles.size() != obstacle_count:
		_stand_up(obstacle_count)
	_draw_points(rng)
	while not _draw_obstacles(rng):
		_draw_points(rng)
	next_waypoint = 0
	target = global_transform * waypoints[0]
	built.emit()


## Size of box [param index], m.
func get_obstacle_size(index: int) -> Vector3:
	return _shapes[index].size


## Distance over the ground from [param place] (global) to the waypoint to reach, m.
func get_distance(place: Vector3) -> float:
	return Vector2(target.x - place.x, target.z - place.z).length()


## Counts the waypoint to reach as reached.
func advance() -> void:
	next_waypoint += 1
	if next_waypoint < WAYPOINT_COUNT:
		target = global_transform * waypoints[next_waypoint]
	waypoint_reached.emit(next_waypoint - 1)


func _draw_points(rng: RandomNumberGenerator) -> void:
	start = _draw_point(rng, CLEARANCE)
	start_yaw = rng.randf_range(-PI, PI)
	waypoints.clear()
	var previous: Vector3 = start
	while waypoints.size() < WAYPOINT_COUNT:
		var point: Vector3 = _draw_point(rng, CLEARANCE)
		if point.distance_to(previous) >= MIN_LEG:
			waypoints.append(point)
			previous = point


func _draw_point(rng: RandomNumberGenerator, clearance: float) -> Vector3:
	var reach: float = floor_size / 2.0 - clearance
	return Vector3(rng.randf_range(-reach, reach), 0.0, rng.randf_range(-reach, reach))


# False when a box found no place: the caller draws other points and tries again.
func _draw_obstacles(rng: RandomNumberGenerator) -> bool:
	for i: int in obstacle_count:
		var size: Vector3 = Vector3(
			rng.randf_range(obstacle_width.x, obstacle_width.y),
			rng.randf_range(obstacle_height.x, obstacle_height.y),
			rng.randf_range(obstacle_width.x, obstacle_width.y)
		)
		var yaw: float = rng.randf_range(0.0, PI)
		radii[i] = Vector2(size.x, size.z).length() / 2.0
		var tries: int = 0
		_centres[i] = _draw_point(rng, GAP + radii[i])
		while not _is_free(i):
			tries += 1
			if tries == MAX_TRIES:
				return false
			_centres[i] = _draw_point(rng, GAP + radii[i])
		_place(i, size, yaw)
	return true


# Compares with the points and the boxes placed before.
func _is_free(index: int) -> bool:
	var centre: Vector3 = _centres[index]
	var radius: float = radii[index]
	if centre.distance_to(start) < radius + CLEARANCE:
		return false
	for point: Vector3 in waypoints:
		if centre.distance_to(point) < radius + CLEARANCE:
			return false
	for other: int in index:
		if centre.distance_to(_centres[other]) < radius + radii[other] + GAP:
			return false
	return true


# Makes the boxes that are missing, and takes those that are too many out of the world.
func _stand_up(count: int) -> void:
	while _bodies.size() < count:
		var shape: BoxShape3D = BoxShape3D.new()
		var collision: CollisionShape3D = CollisionShape3D.new()
		collision.shape = shape
		var body: StaticBody3D = StaticBody3D.new()
		body.collision_mask = 0
		body.add_child(collision)
		add_child(body)
		_bodies.append(body)
		_shapes.append(shape)
	for i: int in _bodies.size():
		_bodies[i].collision_layer = obstacle_layer if i < count else 0
		_bodies[i].visible = i < count
	obstacles.assign(_bodies.slice(0, count))
	radii.resize(count)
	_centres.resize(count)


func _place(index: int, size: Vector3, yaw: float) -> void:
	_shapes[index].size = size
	var body: StaticBody3D = obstacles[index]
	var centre: Vector3 = _centres[index] + Vector3.UP * (size.y / 2.0)
	body.transform = Transform3D(Basis(Vector3.UP, yaw), centre)
	body.force_update_transform()
