extends RefCounted
## Environment parameters: named numbers that a trainer sets and that scenes read.
##
## RLRoster owns it. It knows no message and no scene.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const MAX_NAME_LENGTH: int = 64

# Arena index, -1 for all -> name -> number.
var _set: Dictionary[int, Dictionary] = {}
var _known: Dictionary[String, float] = {}


## Sets [param values], name to a finite number or null (back to the scene's default), in all arenas
## or in those of [param chosen]. Returns what is wrong, in which case nothing is changed, or "".
func set_values(values: Dictionary, chosen: Array = []) -> String:
	for name: Variant in values:
		if not name is String or name.is_empty() or name.length() > MAX_NAME_LENGTH:
			return "a parameter's name has 1 to %d characters, got '%s'" % [MAX_NAME_LENGTH, name]
		var value: Variant = values[name]
		if value != null and not ((value is float or value is int) and is_finite(value)):
			return "parameter '%s' is %s: expected a finite number, or null" % [name, value]
	for index: int in chosen if not chosen.is_empty() else [-1]:
		var own: Dictionary = _set.get_or_add(index, {})
		for name: String in values:
			own.erase(name)
			if values[name] != null:
				own[name] = float(values[name])
	return ""


## The names that were asked for until now, with the scene's defaults.
func known() -> Dictionary[String, float]:
	return _known.duplicate()


## What holds in the running episode of arena [param index].
func of_arena(index: int) -> Dictionary[String, float]:
	var values: Dictionary[String, float] = {}
	values.assign(_set.get(-1, {}).merged(_set.get(index, {}), true))
	return values
