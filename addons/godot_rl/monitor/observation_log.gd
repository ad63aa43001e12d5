extends RefCounted
## The last observation of one agent as a flat row of named values, with the least and the greatest
## value that each has had.
##
## Held by RLAgentWatch. It calls get_obs(), which by contract changes nothing. One that takes long
## (a camera is drawn for it) is read less often, so that looking costs at most a tenth of the time.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const PAUSE_FACTOR: int = 9

## A read that takes no longer than this, in microseconds, is made at every decision.
var cheap_usec: int = 1000

var _names: PackedStringArray = []
var _values: PackedFloat32Array = []
var _low: PackedFloat32Array = []
var _high: PackedFloat32Array = []
# Keys whose values are no numbers (images): what they are, in words.
var _others: PackedStringArray = []
var _next_read_usec: int = 0


## Reads what [param controller] observes now.
func read(controller: Node) -> void:
	var started: int = Time.get_ticks_usec()
	if started < _next_read_usec:
		return
	var observation: Variant = controller.get_obs()
	if observation is Dictionary:
		_take(observation, controller)
	var cost: int = Time.get_ticks_usec() - started
	if cost > cheap_usec:
		_next_read_usec = started + cost * (1 + PAUSE_FACTOR)


## Names, values and ranges, all of one length; and lines about what is no number. Copies: packed
## arrays are shared otherwise.
func snapshot() -> Dictionary:
	return {
		"obs_names": _names.duplicate(),
		"obs": _values.duplicate(),
		"obs_low": _low.duplicate(),
		"obs_high": _high.duplicate(),
		"obs_other": _others.duplicate(),
	}


## The numbers in [param value], which a game may have made of anything; what is none is NAN.
static func floats_of(value: Variant) -> PackedFloat32Array:
	if value is PackedFloat32Array:
		return value
	if value is float or value is int or value is bool:
		return PackedFloat32Array([float(value)])
	var floats: PackedFloat32Array = []
	if value is Array:
		for element: Variant in value:
			if element is Array:
				floats.append_array(floats_of(element))
			else:
				var is_number: bool = element is float or element is int or element is bool
				floats.append(float(element) if is_number else NAN)
	elif typeof(value) >= TYPE_PACKED_BYTE_ARRAY and typeof(value) <= TYPE_PACKED_FLOAT64_ARRAY:
		for element: float in value:
			floats.append(element)
	return floats


func _take(observation: Dictionary, controller: Node) -> void:
	var values: PackedFloat32Array = []
	var sizes: Dictionary[String, int] = {}
	_others.clear()
	for key: Variant in observation:
		var value: Variant = observation[key]
		if value is String:
			_others.append("%s: image of %d bytes" % [key, floori(value.length() / 2.0)])
			continue
		var floats: PackedFloat32Array = floats_of(value)
		sizes[str(key)] = floats.size()
		values.append_array(floats)
	if values.size() != _names.size():
		_name_all(sizes, controller.get_observation_names())
		_low.resize(values.size())
		_low.fill(INF)
		_high.resize(values.size())
		_high.fill(-INF)
	_values = values
	for i: int in values.size():
		var value: float = values[i]
		if is_finite(value):
			_low[i] = minf(_low[i], value)
			_high[i] = maxf(_high[i], value)


func _name_all(sizes: Dictionary[String, int], told: Variant) -> void:
	_names.clear()
	for key: String in sizes:
		var names: Variant = told.get(key, []) if told is Dictionary else []
		if not (names is Array or names is PackedStringArray):
			names = []
		for i: int in sizes[key]:
			if i < names.size():
				_names.append(str(names[i]))
			else:
				_names.append(key if sizes[key] == 1 else "%s[%d]" % [key, i])
