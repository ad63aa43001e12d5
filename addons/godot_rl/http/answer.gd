extends RefCounted
## The answer to one HTTP request, given at once or later: whoever handles the request keeps it and
## calls [method tell], [method refuse] or [method give].
##
## RLHttpConnection writes answers in the order of the requests, each as soon as it is ready.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")

const JSON_TYPE: String = "application/json"
## Deepest nesting of a value that is told.
const MAX_DEPTH: int = 32

## HTTP status; 0: not ready yet.
var status: int = 0
var content_type: String = JSON_TYPE
var body: PackedByteArray = []
## Further headers, for example Allow.
var headers: Dictionary[String, String] = {}
## The connection ends behind it: what follows cannot be read.
var closes: bool = false
## Milliseconds (Time.get_ticks_msec) at which the request was read.
var asked_ms: int = Time.get_ticks_msec()


func is_ready() -> bool:
	return status > 0


## Answers with [param value] as JSON.
func tell(value: Dictionary, with_status: int = 200) -> void:
	give(RLJsonText.of(clean(value)).to_utf8_buffer(), JSON_TYPE, with_status)


## Answers with an error: [param code] for programs, [param message] for people.
func refuse(with_status: int, code: String, message: String) -> void:
	tell({"error": {"code": code, "message": message}}, with_status)


## Answers with bytes. The first answer counts.
func give(bytes: PackedByteArray, type: String, with_status: int = 200) -> void:
	if is_ready():
		return
	body = bytes
	content_type = type
	status = with_status


## [param value] with nothing in it that JSON does not know: numbers that are not finite become
## null, vectors and colours lists of numbers, other values their text.
static func clean(value: Variant, depth: int = 0) -> Variant:
	match typeof(value):
		TYPE_NIL, TYPE_BOOL, TYPE_INT, TYPE_STRING:
			return value
		TYPE_FLOAT:
			return value if is_finite(value) else null
		TYPE_DICTIONARY:
			var told: Dictionary = {}
			for key: Variant in value if depth < MAX_DEPTH else {}:
				told[str(key)] = clean(value[key], depth + 1)
			return told
		TYPE_VECTOR2, TYPE_VECTOR2I:
			return clean([value.x, value.y], depth + 1)
		TYPE_VECTOR3, TYPE_VECTOR3I:
			return clean([value.x, value.y, value.z], depth + 1)
		TYPE_QUATERNION, TYPE_VECTOR4, TYPE_VECTOR4I:
			return clean([value.x, value.y, value.z, value.w], depth + 1)
		TYPE_COLOR:
			return clean([value.r, value.g, value.b, value.a], depth + 1)
	if typeof(value) >= TYPE_ARRAY:
		var list: Array = []
		for element: Variant in value if depth < MAX_DEPTH else []:
			list.append(clean(element, depth + 1))
		return list
	return str(value)
