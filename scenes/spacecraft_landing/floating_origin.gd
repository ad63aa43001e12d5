class_name FloatingOrigin
extends Node
## Keeps physics near the scene's root, wherever on the planet the flight is.
##
## A Vector3 holds 32-bit numbers: 1,000 km from the origin they are 6 cm apart, and a slow craft
## stands still. So places on the planet are kept here in 64 bits, and the nodes stay near the root.
## Whatever flies farther than [member shift_distance] along an axis makes all nodes move back by
## whole metres. The controller calls [method begin] and [method follow]. It never turns anything
## and changes no velocity.

## The nodes were moved by [param by], m, in the coordinates of their parent.
signal shifted(by: Vector3)

## What moves together; each must be a child of the scene's root. The craft is the first.
@export var nodes: Array[Node3D] = []
## Distance from the root along one axis beyond which all moves back, m. Copies side by side allow
## no less than their own half: only heights are shifted there.
@export_range(256.0, 100000.0) var shift_distance: float = 1100.0

## Planted bugs, see LandingBugs; null: none.
var bugs: LandingBugs
## Off: nodes stand at their places on the planet, as 32-bit numbers.
var is_on: bool = true

# Place on the planet of the root's zero, m.
var _x: float = 0.0
var _y: float = 0.0
var _z: float = 0.0
# How far the nodes stand from where the scene has them.
var _moved: Vector3 = Vector3.ZERO


## Puts the root's zero at [param x], [param z] on the planet and every node back to its place.
## Without [param floats] the nodes move out to that place instead.
func begin(x: float, z: float, floats: bool = true) -> void:
	is_on = floats
	_move(-_moved)
	_moved = Vector3.ZERO
	_x = x if floats else 0.0
	_y = 0.0
	_z = z if floats else 0.0
	if not floats and (x != 0.0 or z != 0.0):
		_moved = Vector3(x, 0.0, z)
		_move(_moved)


## Moves all nodes back where [param place], a point of the root, is too far away.
func follow(place: Vector3) -> void:
	if not is_on:
		return
	var back: Vector3 = Vector3(_excess(place.x), _excess(place.y), _excess(place.z))
	if back == Vector3.ZERO:
		return
	_x += back.x
	_y += back.y
	_z += back.z
	_moved -= back
	_move(-back)
	if bugs != null and bugs.origin_jump:
		nodes[0].position.x += LandingBugs.JUMP
	shifted.emit(-back)


## Place of [param point], a point of the root, on the planet: x, y, z in m, 64 bits each.
func on_planet(point: Vector3) -> PackedFloat64Array:
	return PackedFloat64Array([_x + point.x, _y + point.y, _z + point.z])


func _excess(value: float) -> float:
	return roundf(value) if absf(value) > shift_distance else 0.0


func _move(by: Vector3) -> void:
	if by == Vector3.ZERO:
		return
	for node: Node3D in nodes:
		node.position += by
		node.force_update_transform()
