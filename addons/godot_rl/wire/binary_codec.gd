extends "res://addons/godot_rl/wire/codec.gd"
## Transport "binary1": one packed message each way for a decision of all agents.
##
## Layout in docs/protocol.md. Everything is little-endian, as Godot's packed arrays are. Messages
## that are not part of every step travel as JSON behind a one-letter tag.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")
const TAG_ACTION: int = 0x41  # "A"
const TAG_JSON: int = 0x4A  # "J"
const TAG_RESET: int = 0x52  # "R"
const TAG_STEP: int = 0x53  # "S"
const HEADER_BYTES: int = 8

var _json: RLJsonCodec = RLJsonCodec.new()
var _layouts: Array[RLAgentLayout] = []
var _agent_count: int = 0
var _action_bytes: int = 0


## [param layouts] follow each other and hold all agents; binary1 has one.
func _init(layouts: Array[RLAgentLayout]) -> void:
	_layouts = layouts
	for layout: RLAgentLayout in layouts:
		_agent_count += layout.count
		_action_bytes += layout.action_bytes()


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
				error = "an action came as JSON, this connection agreed on a binary transport"
				return {}
			return message
		TAG_ACTION:
			if payload.size() != HEADER_BYTES + _action_bytes:
				error = (
					"an action message of %d bytes came, %d agents need %d"
					% [payload.size(), _agent_count, HEADER_BYTES + _action_bytes]
				)
				return {}
			return {"type": "action", "payload": payload}
	return _decode_other(payload)


## See RLCodec.
func read_actions(message: Dictionary, _spaces: Array[Dictionary]) -> Array[Dictionary]:
	var actions: Array[Dictionary] = []
	var at: int = HEADER_BYTES
	for layout: RLAgentLayout in _layouts:
		error = layout.read_actions(message["payload"], at, actions)
		if not error.is_empty():
			return []
		at += layout.action_bytes()
	return actions


## See RLCodec.
func encode(message: Dictionary) -> PackedByteArray:
	var payload: PackedByteArray = _header(TAG_JSON, 0)
	payload.append_array(_json.encode(message))
	return payload


## See RLCodec.
func encode_reset(batch: RLStepBatch) -> PackedByteArray:
	var payload: PackedByteArray = _header(TAG_RESET, 0)
	_append_presence(payload, batch)
	if batch.is_packed:
		payload.append_array(batch.packed.slice(batch.lead).to_byte_array())
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
	if not batch.is_packed or batch.lead == 0 or _needs_room(batch, is_step):
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
	if is_step and not batch.presence.is_empty():
		_mark_presence(whole, status, batch)
	whole[4] = TAG_STEP if is_step else TAG_RESET
	whole.encode_u32(8, ended)
	if ended > 0:
		whole.append_array(batch.final_packed.to_byte_array())
	_append_infos(whole, batch.infos)
	return whole


## See RLCodec.
func encode_step(batch: RLStepBatch) -> PackedByteArray:
	var ended: int = 0
	var status: PackedByteArray = PackedByteArray()
	status.resize(ceili(_agent_count / 4.0) * 4)
	for i: int in _agent_count:
		if batch.final_observations[i] != null:
			status[i] = _status(batch, i)
			ended += 1
	if not batch.presence.is_empty():
		_mark_presence(status, 0, batch)
	var payload: PackedByteArray = _header(TAG_STEP, ended)
	payload.append_array(PackedFloat32Array(Array(batch.rewards)).to_byte_array())
	payload.append_array(status)
	if batch.is_packed:
		payload.append_array(batch.packed.slice(batch.lead).to_byte_array())
		payload.append_array(batch.final_packed.to_byte_array())
	else:
		_append_observations(payload, batch.observations)
		_append_observations(payload, batch.final_observations)
	_append_infos(payload, batch.infos)
	return payload


# Messages that only a later transport has.
func _decode_other(payload: PackedByteArray) -> Dictionary:
	error = "a binary message has the unknown tag 0x%02X" % payload[0]
	return {}


# Whether a batch holds what there is no room for in front of its packed observations.
func _needs_room(_batch: RLStepBatch, _is_step: bool) -> bool:
	return false


# Writes who is absent or new into the status bytes from [param at] on: binary1 has no bits for it.
func _mark_presence(_status_bytes: PackedByteArray, _at: int, _batch: RLStepBatch) -> void:
	pass


# Writes the status of a reset's answer: binary1 has none.
func _append_presence(_payload: PackedByteArray, _batch: RLStepBatch) -> void:
	pass


func _status(batch: RLStepBatch, i: int) -> int:
	return (1 if batch.terminated[i] else 0) | (2 if batch.truncated[i] else 0)


func _header(tag: int, ended: int) -> PackedByteArray:
	var header: PackedByteArray = PackedByteArray()
	header.resize(HEADER_BYTES)
	header[0] = tag
	header.encode_u32(4, ended)
	return header


# One observation an agent, null where there is none.
func _append_observations(payload: PackedByteArray, observations: Array) -> void:
	for layout: RLAgentLayout in _layouts:
		var own: Array = []
		for i: int in range(layout.first, layout.first + layout.count):
			if observations[i] != null:
				own.append(observations[i])
		layout.append_observations(payload, own)


func _append_infos(payload: PackedByteArray, infos: Array[Dictionary]) -> void:
	var told: Dictionary = {}
	for i: int in infos.size():
		if not infos[i].is_empty():
			told[i] = infos[i]
	if not told.is_empty():
		payload.append_array(RLJsonText.of(told).to_utf8_buffer())
