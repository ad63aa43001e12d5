extends "res://addons/godot_rl/wire/codec.gd"
## godot-rl's JSON messages with our additional keys.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Whether observations may hold bytes.
var has_images: bool = false
## Whether the peer knows the key `presence`.
var tells_presence: bool = false


## See RLCodec.
func decode(payload: PackedByteArray) -> Dictionary:
	error = ""
	var json: JSON = JSON.new()
	if payload.has(0):
		error = "a message is not JSON: it holds a zero byte"
		return {}
	var text: String = payload.get_string_from_utf8()
	if text.to_utf8_buffer() != payload:
		error = "a message is not UTF-8"
		return {}
	if json.parse(text) != OK:
		error = "a message is not JSON: %s" % json.get_error_message()
		return {}
	var message: Variant = json.data
	if not message is Dictionary or not message.get("type") is String:
		error = 'a message is not a JSON object with a string "type"'
		return {}
	return message


## See RLCodec.
func read_actions(message: Dictionary, spaces: Array[Dictionary]) -> Array[Dictionary]:
	error = ""
	var raw: Variant = message.get("action")
	if not raw is Array or raw.size() != spaces.size():
		error = (
			"an action message must hold a list of %d actions, one per agent, got %s"
			% [spaces.size(), raw.size() if raw is Array else type_string(typeof(raw))]
		)
		return []
	var actions: Array[Dictionary] = []
	for i: int in spaces.size():
		var action: Dictionary = {}
		var problem: String = RLSpaces.read_action(raw[i], spaces[i], action)
		if not problem.is_empty():
			error = "agent %d: %s" % [i, problem]
			return []
		actions.append(action)
	return actions


## See RLCodec.
func encode(message: Dictionary) -> PackedByteArray:
	return RLJsonText.of(message).to_utf8_buffer()


## See RLCodec.
func encode_reset(batch: RLStepBatch) -> PackedByteArray:
	var message: Dictionary = {
		"type": "reset", "obs": _as_json(batch.observations), "info": batch.infos
	}
	_tell_presence(message, batch)
	return encode(message)


## See RLCodec.
func encode_step(batch: RLStepBatch) -> PackedByteArray:
	var done: Array[bool] = []
	for i: int in batch.terminated.size():
		done.append(batch.terminated[i] or batch.truncated[i])
	var message: Dictionary = {
		"type": "step",
		"obs": _as_json(batch.observations),
		"reward": batch.rewards,
		"done": done,
		"info": batch.infos,
		"terminated": batch.terminated,
		"truncated": batch.truncated,
		"final_obs": _as_json(batch.final_observations),
	}
	_tell_presence(message, batch)
	return encode(message)


## Returns a number of a message as an integer of at least 0, or -1: JSON knows no integers.
static func whole_number(value: Variant) -> int:
	if not (value is int or value is float) or not is_finite(value) or value < 0:
		return -1
	return int(value) if value == floorf(value) and value < 2.0 ** 53 else -1


# Images as hexadecimal digits: JSON has no bytes.
func _as_json(observations: Array) -> Array:
	if not has_images:
		return observations
	var told: Array = []
	for observation: Variant in observations:
		if observation is Dictionary:
			var copy: Dictionary = observation.duplicate()
			for key: Variant in copy:
				if copy[key] is PackedByteArray and "2d" in key:
					copy[key] = (copy[key] as PackedByteArray).hex_encode()
			observation = copy
		told.append(observation)
	return told


func _tell_presence(message: Dictionary, batch: RLStepBatch) -> void:
	if tells_presence and not batch.presence.is_empty():
		message["presence"] = Array(batch.presence)
