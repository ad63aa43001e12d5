class_name CarPlaces
extends RefCounted
## Notes where a car touched the ball and where it was, for heat maps of matches.
##
## CarController owns one and tells what it noted in `get_info()["places"]`, while the environment
## parameter `tell_places` is 1. Nothing is noted otherwise.

## Ticks between two notes of where the car is.
const EVERY: int = 60

## Flat lists x, z, x, z, ... in m, of the episode.
var touches: PackedFloat32Array = []
var positions: PackedFloat32Array = []

var _arena: CarBall
var _car: CarBody
var _is_on: bool = false
var _next: int = 0


func _init(arena: CarBall, car: CarBody) -> void:
	_arena = arena
	_car = car
	arena.touched.connect(_on_touched)


## An episode begins.
func begin() -> void:
	_is_on = _arena.settings.tell_places
	_next = 0
	touches.clear()
	positions.clear()


## Notes where the car is, if it is time.
func sample() -> void:
	if _is_on and _arena.ticks >= _next:
		_next = _arena.ticks + EVERY
		positions.append_array([_car.place.x, _car.place.z])


## What was noted, for an info; {} while nothing is to be told.
func told() -> Dictionary:
	if not _is_on:
		return {}
	return {"places": {"touches": _rounded(touches), "positions": _rounded(positions)}}


func _on_touched(car: CarBody, _before: Vector3) -> void:
	if _is_on and car == _car:
		touches.append_array([_arena.ball.place.x, _arena.ball.place.z])


static func _rounded(values: PackedFloat32Array) -> Array[float]:
	var found: Array[float] = []
	for value: float in values:
		found.append(snappedf(value, 0.1))
	return found
