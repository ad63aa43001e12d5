class_name CarPerson
extends RefCounted
## Reads a person's keyboard and pad. README.md lists the keys.
##
## CarDriver owns one. It never decides which car is the person's.

const DEAD_ZONE: float = 0.15

var _has_played: bool = false


## Whether somebody has touched a key or the pad since the game began.
func plays() -> bool:
	if not _has_played and DisplayServer.get_name() != "headless":
		var axes: Vector3 = Vector3(_drive(), _turn(), _tip())
		_has_played = (
			not axes.is_zero_approx()
			or _is_on(KEY_SPACE, JOY_BUTTON_A)
			or _is_on(KEY_SHIFT, JOY_BUTTON_B)
		)
	return _has_played


## Writes what the person asks for.
func drive(car: CarBody) -> void:
	var controls: CarControls = car.controls
	var slides: bool = _is_on(KEY_CTRL, JOY_BUTTON_X)
	controls.throttle = _drive()
	controls.steer = _turn()
	controls.handbrake = slides
	controls.pitch = _tip()
	# With the handbrake held a turn in the air is a roll.
	controls.yaw = 0.0 if slides else _turn()
	controls.roll = _turn() if slides else _axis(KEY_Q, KEY_E)
	controls.jump = _is_on(KEY_SPACE, JOY_BUTTON_A)
	controls.boost = _is_on(KEY_SHIFT, JOY_BUTTON_B)


static func _drive() -> float:
	var triggers: float = (
		Input.get_joy_axis(0, JOY_AXIS_TRIGGER_RIGHT) - Input.get_joy_axis(0, JOY_AXIS_TRIGGER_LEFT)
	)
	return clampf(_axis(KEY_S, KEY_W) + _past_dead_zone(triggers), -1.0, 1.0)


static func _turn() -> float:
	var stick: float = _past_dead_zone(Input.get_joy_axis(0, JOY_AXIS_LEFT_X))
	return clampf(_axis(KEY_A, KEY_D) + stick, -1.0, 1.0)


# 1: nose up, the stick towards the person.
static func _tip() -> float:
	var stick: float = _past_dead_zone(Input.get_joy_axis(0, JOY_AXIS_LEFT_Y))
	return clampf(_axis(KEY_UP, KEY_DOWN) + _axis(KEY_W, KEY_S) + stick, -1.0, 1.0)


static func _axis(less: Key, more: Key) -> float:
	return float(Input.is_physical_key_pressed(more)) - float(Input.is_physical_key_pressed(less))


static func _past_dead_zone(value: float) -> float:
	return 0.0 if absf(value) < DEAD_ZONE else value


static func _is_on(key: Key, button: JoyButton) -> bool:
	return Input.is_physical_key_pressed(key) or Input.is_joy_button_pressed(0, button)
