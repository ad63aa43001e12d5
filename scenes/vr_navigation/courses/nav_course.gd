class_name NavCourse
extends Node3D
## One course, drawn from a seed: a start, a goal and what stands between them. (First slice: boxes
## on a flat floor.)

const BOXES: int = 8

## Kind that was drawn.
var kind: int = 2
## Start, relative to this node, on the ground.
var start: Vector3 = Vector3.ZERO
## Yaw at the start, rad.
var start_yaw: float = 0.0
## Goal, relative to this node, on the ground.
var goal: Vector3 = Vector3.ZERO
var goal_radius: float = 1.0
## Walkable way from start to goal, m.
var length: float = 1.0
## No edges, ramps or steps.
var is_flat: bool = true

var _bodies: Array[StaticBody3D] = []
var _shapes: Array[BoxShape3D] = []


func _ready() -> void:
	for side: Vector3 in [Vector3.LEFT, Vector3.RIGHT, Vector3.FORWARD, Vector3.BACK]:
		var along: Vector3 = Vector3(1.0, 0.0, 1.0) - side.abs()
		_add(side * 10.75 + Vector3.UP * 1.5, along * 22.0 + side.abs() * 0.5 + Vector3.UP * 3.0, 2)
	_add(Vector3(0.0, -0.5, 0.0), Vector3(22.0, 1.0, 22.0), 1)
	for i: int in BOXES:
		_bodies.append(_add(Vector3.UP * 50.0, Vector3.ONE, 2))


func build(rng: RandomNumberGenerator, _kind: int, _difficulty: float) -> void:
	start = Vector3(rng.randf_range(-8.0, 8.0), 0.0, rng.randf_range(-8.0, 8.0))
	goal = start
	while goal.distance_to(start) < 8.0:
		goal = Vector3(rng.randf_range(-8.0, 8.0), 0.0, rng.randf_range(-8.0, 8.0))
	start_yaw = rng.randf_range(-PI, PI)
	length = start.distance_to(goal)
	for i: int in BOXES:
		var place: Vector3 = start
		while place.distance_to(start) < 2.2 or place.distance_to(goal) < 2.2:
			place = Vector3(rng.randf_range(-8.0, 8.0), 0.0, rng.randf_range(-8.0, 8.0))
		_bodies[i].position = place + Vector3.UP * 0.5
		_bodies[i].force_update_transform()


func distance_to_go(place: Vector3) -> float:
	var offset: Vector3 = to_global(goal) - place
	return Vector2(offset.x, offset.z).length()


func tick(_delta: float) -> void:
	pass


func has_fallen(place: Vector3) -> bool:
	return place.y < global_position.y - 1.0


func _add(place: Vector3, size: Vector3, layer: int) -> StaticBody3D:
	var shape: BoxShape3D = BoxShape3D.new()
	shape.size = size
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	var body: StaticBody3D = StaticBody3D.new()
	body.collision_layer = layer
	body.collision_mask = 0
	body.position = place
	body.add_child(collision)
	add_child(body)
	return body
