extends RefCounted
## Observation and action spaces as dictionaries, and the checks of values against them.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const BOX: String = "box"
const CONTINUOUS: String = "continuous"
const DISCRETE: String = "discrete"


## Returns the space of an observation: one "box" per key, sized after its values.
static func observation_space(observation: Dictionary) -> Dictionary:
	var space: Dictionary = {}
	for key: String in observation:
		space[key] = {"size": [maxi(size_of(observation[key]), 0)], "space": BOX}
	return space


## Returns how many elements the value of an observation's key has; -1 for what is no observation.
static func size_of(value: Variant) -> int:
	if value is int or value is float or value is bool:
		return 1
	if value is Array or typeof(value) >= TYPE_PACKED_BYTE_ARRAY:
		return len(value)
	return -1


## Returns what is wrong with an action space, or "".
static func action_space_error(space: Dictionary) -> String:
	if space.is_empty():
		return "the action space is empty"
	for key: String in space:
		var entry: Dictionary = space[key]
		var kind: String = str(entry.get("action_type", ""))
		if kind != CONTINUOUS and kind != DISCRETE:
			return (
				"action '%s' has action_type '%s'; use \"continuous\" or \"discrete\"" % [key, kind]
			)
		var size: int = int(entry.get("size", 0))
		if size < 1 or (kind == DISCRETE and size < 2):
			return (
				"action '%s' has size %d; %s"
				% [key, size, "use 2 or more" if kind == DISCRETE else "use 1 or more"]
			)
	return ""


## Returns what is wrong with an observation, or "": a wrong size, or an element that is not finite.
static func observation_error(observation: Variant, space: Dictionary, names: Dictionary) -> String:
	if not observation is Dictionary:
		return "get_obs() returned %s, a dictionary is needed" % type_string(typeof(observation))
	for key: String in space:
		if not observation.has(key):
			return "observation key '%s' is missing" % key
		var value: Variant = observation[key]
		if "2d" in key and (value is String or value is PackedByteArray):
			var bytes: int = value.length() / 2 if value is String else value.size()
			if bytes == box_size(space[key]) and not (value is String and value.length() % 2 != 0):
				continue
			return (
				"observation '%s' is an image of %d bytes, its declared size is %s"
				% [key, bytes, _declared(space[key])]
			)
		if value is int or value is float:
			value = [value]
		var expected: int = box_size(space[key]) if space[key]["space"] == BOX else 1
		if size_of(value) != expected:
			return (
				"observation '%s' has %d elements, its declared size is %s"
				% [key, maxi(size_of(value), 0), str(expected) + _frames(space[key])]
			)
		var bad: int = first_not_finite(value)
		if bad >= 0:
			var key_names: PackedStringArray = names.get(key, PackedStringArray())
			var label: String = " (%s)" % key_names[bad] if bad < key_names.size() else ""
			return "observation '%s'[%d]%s is %s" % [key, bad, label, value[bad]]
	return ""


## Returns an observation of zeros; an image as hexadecimal digits.
static func zeros(space: Dictionary) -> Dictionary:
	var observation: Dictionary = {}
	for key: String in space:
		if space[key]["space"] != BOX:
			observation[key] = 0
			continue
		var size: int = box_size(space[key])
		if "2d" in key:
			observation[key] = "00".repeat(size)
			continue
		var values: PackedFloat32Array = []
		values.resize(size)
		observation[key] = values
	return observation


## Returns the number of elements of a "box" entry of an observation space.
static func box_size(entry: Dictionary) -> int:
	var elements: int = 1
	for length: int in entry["size"]:
		elements *= length
	return elements


## Returns the values of one observation key as floats; those of an image are its bytes, 0 to 255.
static func pack(value: Variant) -> PackedFloat32Array:
	if value is int or value is float:
		return PackedFloat32Array([value])
	if value is String or value is PackedByteArray:
		return floats_of_bytes(image_bytes(value))
	if value is Array or typeof(value) >= TYPE_PACKED_BYTE_ARRAY:
		return PackedFloat32Array(Array(value))
	return PackedFloat32Array()


## Returns bytes as floats, 0.0 to 255.0, without a loop, which would take nine times as long: an
## image's conversion divides by 255, and the transform's product with 255 gives each back exactly.
static func floats_of_bytes(bytes: PackedByteArray) -> PackedFloat32Array:
	var count: int = bytes.size()
	if count == 0:
		return PackedFloat32Array()
	var image: Image = Image.create_from_data(count, 1, false, Image.FORMAT_R8, bytes)
	image.convert(Image.FORMAT_RF)
	var raw: PackedByteArray = image.get_data()
	raw.resize(ceili(count / 3.0) * 12)
	var scale: Transform3D = Transform3D(Basis.from_scale(Vector3.ONE * 255.0), Vector3.ZERO)
	var scaled: PackedVector3Array = scale * raw.to_vector3_array()
	return scaled.to_byte_array().to_float32_array().slice(0, count)


## Returns the bytes of an image: raw, or as hexadecimal digits, as controllers of the stock plugin
## give them. Empty for anything else.
static func image_bytes(value: Variant) -> PackedByteArray:
	if value is PackedByteArray:
		return value
	if value is String and value.is_valid_hex_number() and value.length() % 2 == 0:
		return value.hex_decode()
	return PackedByteArray(value) if value is Array else PackedByteArray()


## Returns the index of the first element that is NaN or infinite, or -1. Packed values are checked
## four at a time, which costs half.
static func first_not_finite(value: Variant) -> int:
	var start: int = 0
	if value is PackedFloat32Array and value.size() >= 4:
		start = value.size() - value.size() % 4
		var whole: PackedFloat32Array = value if start == value.size() else value.slice(0, start)
		for four: Vector4 in whole.to_byte_array().to_vector4_array():
			if not four.is_finite():
				start = 0
				break
	for i: int in range(start, len(value)):
		var element: Variant = value[i]
		if not (element is float or element is int or element is bool) or not is_finite(element):
			return i
	return -1


## Reads an action that came over the wire against its space. Returns "" and fills
## [param into], or returns what is wrong.
static func read_action(raw: Variant, space: Dictionary, into: Dictionary) -> String:
	if not raw is Dictionary:
		return "expected a dictionary of actions, got %s" % type_string(typeof(raw))
	for key: String in space:
		if not raw.has(key):
			return "action '%s' is missing" % key
		var value: Variant = raw[key]
		var size: int = space[key]["size"]
		if space[key]["action_type"] == DISCRETE:
			var number: float = _number(value)
			if not (number >= 0.0 and number < size and number == floorf(number)):
				return "action '%s' must be an integer in [0, %d), got %s" % [key, size, value]
			into[key] = int(number)
			continue
		if not value is Array or value.size() != size:
			return "action '%s' must be a list of %d numbers, got %s" % [key, size, value]
		for element: Variant in value:
			if not is_finite(_number(element)):
				return "action '%s' must hold finite numbers, got %s" % [key, value]
		into[key] = Array(PackedFloat32Array(value))  # as the binary transport rounds it
	return ""


static func _declared(entry: Dictionary) -> String:
	return str(box_size(entry)) + _frames(entry)


# Of an observation that is several frames (RLObservationStack).
static func _frames(entry: Dictionary) -> String:
	return "" if not entry.has("stack") else " (observation_stack %d)" % entry["stack"]


static func _number(value: Variant) -> float:
	if value is Array and value.size() == 1:
		return _number(value[0])
	return float(value) if value is float or value is int else NAN
