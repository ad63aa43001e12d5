extends RefCounted
## Makes JSON values of what a finding tells: vectors become lists, what is not finite or no value
## becomes text, and what is too deep or too long is cut off.
##
## RLFindings calls it. It never changes what it is given.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

const MAX_DEPTH: int = 6
const MAX_ITEMS: int = 1000
const MAX_TEXT: int = 1000


## Returns [param data] with JSON values only.
static func cleaned(data: Dictionary) -> Dictionary:
	return _cleaned(data, 0)


static func _cleaned(value: Variant, depth: int) -> Variant:
	if value == null or value is bool or value is int:
		return value
	if value is float:
		var number: float = value
		return number if is_finite(number) else str(number)
	if value is Dictionary and depth < MAX_DEPTH:
		var told: Dictionary = {}
		var items: Dictionary = value
		for key: Variant in items.keys().slice(0, MAX_ITEMS):
			told[str(key).left(MAX_TEXT)] = _cleaned(items[key], depth + 1)
		return told
	if typeof(value) >= TYPE_ARRAY and depth < MAX_DEPTH:
		return _list(Array(value), depth)
	var parts: Array = _parts(value)
	if not parts.is_empty() and depth < MAX_DEPTH:
		return _list(parts, depth)
	return str(value).left(MAX_TEXT)


static func _list(values: Array, depth: int) -> Array:
	var told: Array = []
	for value: Variant in values.slice(0, MAX_ITEMS):
		told.append(_cleaned(value, depth + 1))
	return told


# The numbers of a vector and its like; [] of anything else.
static func _parts(value: Variant) -> Array:
	match typeof(value):
		TYPE_VECTOR2, TYPE_VECTOR2I:
			return [value[0], value[1]]
		TYPE_VECTOR3, TYPE_VECTOR3I:
			return [value[0], value[1], value[2]]
		TYPE_VECTOR4, TYPE_VECTOR4I, TYPE_QUATERNION, TYPE_COLOR:
			return [value[0], value[1], value[2], value[3]]
	return []
