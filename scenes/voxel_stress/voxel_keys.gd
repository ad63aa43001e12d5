class_name VoxelKeys
extends RefCounted
## What a person's keyboard asks for: W, A, S, D run, Shift runs fast, Space leaps.
##
## The controller reads it for a person who plays. It changes nothing.


## An action as [method VoxelStressController.set_action] takes it.
static func read() -> Dictionary:
	var direction: Vector2 = Vector2(
		_axis(KEY_A, KEY_D) + _axis(KEY_LEFT, KEY_RIGHT),
		_axis(KEY_W, KEY_S) + _axis(KEY_UP, KEY_DOWN)
	)
	var speed: float = 1.0 if Input.is_physical_key_pressed(KEY_SHIFT) else -0.3
	if direction == Vector2.ZERO:
		speed = -1.0
	var jump: float = 0.3 if Input.is_physical_key_pressed(KEY_SPACE) else -1.0
	return {"direction": [direction.x, direction.y], "speed": [speed], "jump": [jump]}


static func _axis(negative: Key, positive: Key) -> float:
	return (
		float(Input.is_physical_key_pressed(positive))
		- float(Input.is_physical_key_pressed(negative))
	)
