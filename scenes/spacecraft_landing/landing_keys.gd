class_name LandingKeys
extends RefCounted
## What a person's keyboard asks of the craft or of the pilot; static functions only.
##
## W A S D push forwards, left, back and right; space is the main engine (on foot: a jump); the
## arrow keys pitch and roll (on foot: left and right turn).


## An action of the controller, from the keys that are down.
static func read() -> Dictionary:
	return {
		"thrust_x": [_axis(KEY_A, KEY_D)],
		"thrust_y": [1.0 if Input.is_physical_key_pressed(KEY_SPACE) else -1.0],
		"thrust_z": [_axis(KEY_W, KEY_S)],
		"torque_pitch": [_axis(KEY_UP, KEY_DOWN)],
		"torque_roll": [_axis(KEY_RIGHT, KEY_LEFT)],
	}


static func _axis(negative: Key, positive: Key) -> float:
	return (
		float(Input.is_physical_key_pressed(positive))
		- float(Input.is_physical_key_pressed(negative))
	)
