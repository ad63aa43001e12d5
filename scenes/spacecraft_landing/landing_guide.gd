class_name LandingGuide
extends RefCounted
## A pilot by rule: falls until it must brake, brakes, keeps the craft upright. For tests, pictures
## and comparison; training never uses it.
##
## It reads the 14 numbers that the agent sees and gives the five actions. Made for Mars.

## Strength of the engines of a craft with half a tank, m/s^2, and gravity, m/s^2.
const STRENGTH: float = 6.45
const GRAVITY: float = 3.71
## Shares of STRENGTH at which the brake begins and ends.
const BRAKE_FROM: float = 0.8
const BRAKE_TO: float = 0.5
## Speed of fall over the last metres, m/s.
const LAST_SPEED: float = 0.9

var _brakes: bool = false


## The actions for an observation, in [-1, 1], as the controller takes them.
func decide(seen: PackedFloat32Array) -> Dictionary:
	var height: float = maxf(seen[0] * LandingObservation.LENGTH_SCALE, 0.05)
	var speed: Vector3 = Vector3(seen[1], seen[2], seen[3]) * LandingObservation.SPEED_SCALE
	var to_pad: Vector3 = Vector3(seen[9], seen[10], seen[11])
	to_pad *= seen[12] * LandingObservation.LENGTH_SCALE
	var sideways: Vector2 = _push(to_pad, speed, height)
	return {
		"thrust_x": [sideways.x],
		"thrust_y": [_brake(-speed.y, height) * 2.0 - 1.0],
		"thrust_z": [sideways.y],
		"torque_pitch": [clampf(-4.0 * PI * seen[7] - 6.0 * seen[4], -1.0, 1.0)],
		"torque_roll": [clampf(-4.0 * PI * seen[8] - 6.0 * seen[6], -1.0, 1.0)],
	}


# Share of the main engine.
func _brake(fall: float, height: float) -> float:
	if height <= 3.0:
		return clampf((GRAVITY + 2.0 * (fall - LAST_SPEED)) / STRENGTH, 0.0, 1.0)
	var speed: float = maxf(fall, 0.0)
	var needed: float = (speed * speed - 1.0) / (2.0 * maxf(height - 2.0, 0.5)) + GRAVITY
	if needed > BRAKE_FROM * STRENGTH:
		_brakes = true
	elif needed < BRAKE_TO * STRENGTH:
		_brakes = false
	return clampf(needed / STRENGTH, 0.0, 1.0) if _brakes else 0.0


# Shares of the engines to the right and back, so that the flight points at the pad.
func _push(to_pad: Vector3, speed: Vector3, height: float) -> Vector2:
	var wanted: Vector2 = Vector2(to_pad.x, to_pad.z) * maxf(-speed.y, 2.0) / maxf(height, 4.0)
	var change: Vector2 = wanted.limit_length(15.0) - Vector2(speed.x, speed.z)
	return change.clampf(-2.0, 2.0) / STRENGTH
