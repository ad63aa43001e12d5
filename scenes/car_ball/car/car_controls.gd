class_name CarControls
extends RefCounted
## What a driver asks of a car: axes in [-1, 1] and buttons.
##
## Whoever drives writes it (CarController, CarPerson, CarChaser); CarBody reads it each tick.

## 1 forwards, -1 backwards.
var throttle: float = 0.0
## 1 to the right.
var steer: float = 0.0
## 1 nose up, in the air.
var pitch: float = 0.0
## 1 to the right, in the air.
var yaw: float = 0.0
## 1 clockwise as seen by the driver, in the air.
var roll: float = 0.0
var jump: bool = false
var boost: bool = false
var handbrake: bool = false


## Lets go of everything.
func release() -> void:
	throttle = 0.0
	steer = 0.0
	pitch = 0.0
	yaw = 0.0
	roll = 0.0
	jump = false
	boost = false
	handbrake = false


## Takes over the axes of [param row] (throttle, steer, pitch, yaw, roll), each cut to [-1, 1].
func set_axes(row: PackedFloat32Array) -> void:
	throttle = clampf(row[0], -1.0, 1.0)
	steer = clampf(row[1], -1.0, 1.0)
	pitch = clampf(row[2], -1.0, 1.0)
	yaw = clampf(row[3], -1.0, 1.0)
	roll = clampf(row[4], -1.0, 1.0)
