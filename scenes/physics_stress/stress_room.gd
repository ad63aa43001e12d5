class_name StressRoom
extends StaticBody3D
## The closed room of the scenario `physics_stress`: floor, walls, ceiling, a spring pad and a
## drain. It only holds the geometry; StressBodies and StressPad make it do something.

## Inner size of the room, m; its floor is at y = 0, its middle at x = z = 0.
const SIZE: Vector3 = Vector3(6.0, 4.0, 6.0)
## How thick floor, walls and ceiling are, m.
const THICKNESS: float = 0.05
## Bodies that get here are taken away: centre on the floor and half of its size, m.
const DRAIN: Vector3 = Vector3(2.3, 0.0, 2.3)
const DRAIN_REACH: Vector3 = Vector3(0.7, 0.5, 0.7)
## Bodies that fall on this are thrown up again: centre on the floor and half of its size, m.
const PAD: Vector3 = Vector3(-2.0, 0.0, -2.0)
const PAD_REACH: Vector3 = Vector3(0.8, 0.3, 0.8)


func _init() -> void:
	collision_layer = 1
	collision_mask = 0
	var half: Vector3 = SIZE / 2.0
	var t: float = THICKNESS
	_add(
		"Floor", Vector3(0.0, -t / 2.0, 0.0), Vector3(SIZE.x, t, SIZE.z) + Vector3(2 * t, 0, 2 * t)
	)
	_add("Ceiling", Vector3(0.0, SIZE.y + t / 2.0, 0.0), Vector3(SIZE.x + 2 * t, t, SIZE.z + 2 * t))
	for side: float in [-1.0, 1.0]:
		var x: Vector3 = Vector3(side * (half.x + t / 2.0), half.y, 0.0)
		_add("WallX", x, Vector3(t, SIZE.y, SIZE.z + 2.0 * t))
		var z: Vector3 = Vector3(0.0, half.y, side * (half.z + t / 2.0))
		_add("WallZ", z, Vector3(SIZE.x, SIZE.y, t))


## Whether a body at [param place] (as seen from the room) is in the drain.
static func is_in_drain(place: Vector3) -> bool:
	var off: Vector3 = (place - DRAIN).abs()
	return off.x < DRAIN_REACH.x and off.y < DRAIN_REACH.y and off.z < DRAIN_REACH.z


## Whether a body at [param place] (as seen from the room) lies on the spring pad.
static func is_on_pad(place: Vector3) -> bool:
	var off: Vector3 = (place - PAD).abs()
	return off.x < PAD_REACH.x and off.y < PAD_REACH.y and off.z < PAD_REACH.z


func _add(part: String, place: Vector3, size: Vector3) -> void:
	var box: BoxShape3D = BoxShape3D.new()
	box.size = size
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.name = part
	shape.shape = box
	shape.position = place
	add_child(shape, true)
