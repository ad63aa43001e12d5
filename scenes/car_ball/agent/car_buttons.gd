class_name CarButtons
extends RefCounted
## Keeps a pressed button pressed for some ticks, whatever the next choices say (`sticky_ticks`).
##
## CarController owns one. With 0 ticks a button is what the choice says.

# Ticks until which jump, boost and handbrake stay pressed.
var _until: Array[int] = [0, 0, 0]


## Forgets what was pressed.
func release() -> void:
	_until.fill(0)


## Presses the buttons of [param row] in [param controls] at tick [param now]; each stays for
## [param sticky] ticks at least.
func press(row: PackedFloat32Array, controls: CarControls, now: int, sticky: int) -> void:
	controls.jump = _is_held(0, row[CarActions.Column.JUMP], now, sticky)
	controls.boost = _is_held(1, row[CarActions.Column.BOOST], now, sticky)
	controls.handbrake = _is_held(2, row[CarActions.Column.HANDBRAKE], now, sticky)


func _is_held(button: int, wanted: float, now: int, sticky: int) -> bool:
	if wanted > 0.0:
		if now >= _until[button]:
			_until[button] = now + sticky
		return true
	return now < _until[button]
