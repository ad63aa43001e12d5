class_name TagPerson
extends RefCounted
## A person at the keyboard, once one of their keys was pressed; until then nobody.

var _keys: Array[Key]
var _has_played: bool = false


## [param keys]: left, right, up, down.
func _init(keys: Array[Key]) -> void:
	_keys = keys


## Whether a person has the player.
func plays() -> bool:
	_has_played = _has_played or not stick().is_zero_approx()
	return _has_played


## Where the keys point: x to the right, y down the screen; of length 1 at most.
func stick() -> Vector2:
	return Vector2(_axis(_keys[0], _keys[1]), _axis(_keys[2], _keys[3])).limit_length()


static func _axis(less: Key, more: Key) -> float:
	return float(Input.is_physical_key_pressed(more)) - float(Input.is_physical_key_pressed(less))
