extends "res://addons/godot_rl/wire/codec.gd"
## Transport "binary1": one packed message each way for a decision of all agents.
##
## Layout in docs/protocol.md. Everything is little-endian, as Godot's packed arrays are. Messages
## that are not part of every step travel as JSON behind a one-letter tag.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const TAG_ACTION: int = 0x41  # "A"
const TAG_JSON: int = 0x4A  # "J"
const TAG_RESET: int = 0x52  # "R"
const TAG_STEP: int = 0x53  # "S"
const HEADER_BYTES: int = 8

var _json: RLJsonCodec = RLJsonCodec.new()
var _agent_count: int
## Observation keys in wire order (sorted), and which of them are images.
var _keys: PackedStringArray = []
var _is_image: Array[bool] = []
## One entry per action: name, size, and whether it is discrete.
var _action_names: PackedStringArray = []
var _action_sizes: PackedInt32Array = []
var _action_discrete: Array[bool] = []
var _float_count: int = 0
var _int_count: int = 0


func _init(agent_count: int, observation_space: Dictionary, action_space: Dictionary) -> void:
	_agent_count = agent_count
	for key: String in observation_space:
		_keys.append(key)
	_keys.sort()
	for key: String in _keys:
		_is_image.append("2d" in key)
	for key: String in action_space:
		var discrete: bool = action_space[key]["action_type"] == RLSpaces.DISCRETE
		_action_names.append(key)
		_action_sizes.append(action_space[key]["size"])
		_action_discrete.append(discrete)
		if discrete:
			_int_count += 1
		else:
			_float_count += int(action_space[key]["size"])


## See RLCodec. An action comes back with its blocks still packed.
func decode(payload: PackedByteArray) -> Dictionary:
	error = ""
	if payload.size() < HEADER_BYTES:
		error = "a binary message of %d bytes is shorter than its header" % payload.size()
		return {}
	match payload[0]:
		TAG_JSON:
			var message: Dictionary = _json.decode(payload.slice(HEADER_BYTES))
			error = _json.error
			if message.get("type") == "action":
				error = "an action came as JSON, this connection agreed on binary1"
				return {}
			return message
		TAG_ACTION:
			var expected: int = HEADER_BYTES + 4 * _agent_count * (_float_count + _int_count)
			if payload.size() != expected:
				error = (
					"an action message of %d bytes came, %d agents need %d"
					% [payload.size(), _agent_count, expected]
				)
				return {}
			var split: int = HEADER_BYTES + 4 * _agent_count * _float_count
			return {
				"type": "action",
				"floats": payload.slice(HEADER_BYTES, split).to_float32_array(),
				"ints": payload.slice(split).to_int32_array(),
			}
	error = "a binary message has the unknown tag 0x%02X" % payload[0]
	return {}


## See RLCodec.
func read_actions(message: Dictionary, _spaces: Array[Dictionary]) -> Array[Dictionary]:
	error = ""
	var floats: PackedFloat32Array = message["floats"]
	var ints: PackedInt32Array = message["ints"]
	var bad: int = RLSpaces.first_not_finite(floats)
	if bad >= 0:
		error = "agent %d: an action is %s" % [floori(float(bad) / _float_count), floats[bad]]
		return []
	if _int_count == 0:
		return _continuous_actions(floats)
	var actions: Array[Dictionary] = []
	var float_at: int = 0
	var int_at: int = 0
	for agent: int in _agent_count:
		var action: Dictionary = {}
		for i: int in _action_names.size():
			var size: int = _action_sizes[i]
			if _action_discrete[i]:
				var value: int = ints[int_at]
				if value < 0 or value >= size:
					error = (
						"agent %d: action '%s' must be an integer in [0, %d), got %d"
						% [agent, _action_names[i], size, value]
					)
					return []
				action[_action_names[i]] = value
				int_at += 1
			else:
				action[_action_names[i]] = (
					[floats[float_at]]
					if size == 1
					else Array(floats.slice(float_at, float_at + size))
				)
				float_at += size
		actions.append(action)
	return actions


# The common case, in half the time.
func _continuous_actions(floats: PackedFloat32Array) -> Array[Dictionary]:
	var actions: Array[Dictionary] = []
	var count: int = _action_names.size()
	var at: int = 0
	for agent: int in _agent_count:
		var action: Dictionary = {}
		for i: int in count:
			var size: int = _action_sizes[i]
			if size == 1:
				action[_action_names[i]] = [floats[at]]
			else:
				action[_action_names[i]] = Array(floats.slice(at, at + size))
			at += size
		actions.append(action)
	return actions


## See RLCodec.
func encode(message: Dictionary) -> PackedByteArray:
	var payload: PackedByteArray = _header(TAG_JSON, 0)
	payload.append_array(_json.encode(message))
	return payload


## See RLCodec.
func encode_reset(batch: RLStepBatch) -> PackedByteArray:
	var payload: PackedByteArray = _header(TAG_RESET, 0)
	if batch.is_packed:
		payload.append_array(batch.packed.to_byte_array())
	else:
		_append_observations(payload, batch.observations)
	_append_infos(payload, batch.infos)
	return payload


## See RLCodec: the frame's length, the message's header and, of a step, rewards and status.
func lead(is_step: bool) -> int:
	var head: int = 1 + floori(HEADER_BYTES / 4.0)
	return head + (_agent_count + ceili(_agent_count / 4.0) if is_step else 0)


## See RLCodec. The observations stay where the packer wrote them.
func frame(batch: RLStepBatch, is_step: bool) -> PackedByteArray:
	if not batch.is_packed or batch.lead == 0:
		return super.frame(batch, is_step)
	var ended: int = 0
	var first: int = 1 + floori(HEADER_BYTES / 4.0)
	for i: int in batch.rewards.size():
		batch.packed[first + i] = batch.rewards[i]
	var whole: PackedByteArray = batch.packed.to_byte_array()
	var status: int = 4 * (first + _agent_count)
	for i: int in batch.final_observations.size():
		if batch.final_observations[i] != null:
			whole[status + i] = _status(batch, i)
			ended += 1
	whole[4] = TAG_STEP if is_step else TAG_RESET
	whole.encode_u32(8, ended)
	if ended > 0:
		whole.append_array(batch.final_packed.to_byte_array())
	_append_infos(whole, batch.infos)
	return whole


## See RLCodec.
func encode_step(batch: RLStepBatch) -> PackedByteArray:
	var ended: Array = []
	var status: PackedByteArray = PackedByteArray()
	status.resize(ceili(_agent_count / 4.0) * 4)
	for i: int in _agent_count:
		if batch.final_observations[i] != null:
			status[i] = _status(batch, i)
			ended.append(batch.final_observations[i])
	var payload: PackedByteArray = _header(TAG_STEP, ended.size())
	payload.append_array(PackedFloat32Array(Array(batch.rewards)).to_byte_array())
	payload.append_array(status)
	if batch.is_packed:
		payload.append_array(batch.packed.to_byte_array())
		payload.append_array(batch.final_packed.to_byte_array())
	else:
		_append_observations(payload, batch.observations)
		_append_observations(payload, ended)
	_append_infos(payload, batch.infos)
	return payload


func _status(batch: RLStepBatch, i: int) -> int:
	return (1 if batch.terminated[i] else 0) | (2 if batch.truncated[i] else 0)


func _header(tag: int, ended: int) -> PackedByteArray:
	var header: PackedByteArray = PackedByteArray()
	header.resize(HEADER_BYTES)
	header[0] = tag
	header.encode_u32(4, ended)
	return header


func _append_observations(payload: PackedByteArray, observations: Array) -> void:
	for i: int in _keys.size():
		var key: String = _keys[i]
		if _is_image[i]:
			for observation: Dictionary in observations:
				payload.append_array((observation[key] as String).hex_decode())
			payload.resize(ceili(payload.size() / 4.0) * 4)
			continue
		var values: PackedFloat32Array = PackedFloat32Array()
		for observation: Dictionary in observations:
			values.append_array(RLSpaces.pack(observation[key]))
		payload.append_array(values.to_byte_array())


func _append_infos(payload: PackedByteArray, infos: Array[Dictionary]) -> void:
	var told: Dictionary = {}
	for i: int in infos.size():
		if not infos[i].is_empty():
			told[i] = infos[i]
	if not told.is_empty():
		payload.append_array(JSON.stringify(told, "", false, true).to_utf8_buffer())
