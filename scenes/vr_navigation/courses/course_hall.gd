extends Node3D
## The hall in which every course stands: a level floor and four walls. NavCourse makes one; it
## never changes.

## Side of the free floor, m.
const SIDE: float = 20.0
## Height and thickness of the walls, m.
const HEIGHT: float = 4.0
const THICKNESS: float = 0.5
## Thickness of the floor, m.
const DEPTH: float = 1.0

const CoursePieces := preload("res://scenes/vr_navigation/courses/course_pieces.gd")


func _init() -> void:
	var outer: float = SIDE + 2.0 * THICKNESS
	_add(CoursePieces.GROUND_LAYER, Vector3(outer, DEPTH, outer), Vector3(0.0, -DEPTH / 2.0, 0.0))
	var middle: float = (SIDE + THICKNESS) / 2.0
	for side: float in [-1.0, 1.0]:
		_add(
			CoursePieces.OBSTACLE_LAYER,
			Vector3(outer, HEIGHT, THICKNESS),
			Vector3(0.0, HEIGHT / 2.0, middle * side)
		)
		_add(
			CoursePieces.OBSTACLE_LAYER,
			Vector3(THICKNESS, HEIGHT, SIDE),
			Vector3(middle * side, HEIGHT / 2.0, 0.0)
		)


func _add(layer: int, size: Vector3, place: Vector3) -> void:
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
