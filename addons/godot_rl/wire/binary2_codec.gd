extends "res://addons/godot_rl/wire/binary_codec.gd"
## Transport "binary2": binary1 for agents of several layouts, with seats that are empty or taken
## anew, and with policies as bytes (docs/protocol.md).
##
## With one layout and every seat taken its bytes are those of binary1.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const TAG_POLICY: int = 0x50  # "P"


func _decode_other(payload: PackedByteArray) -> Dictionary:
	if payload[0] != TAG_POLICY:
		return super._decode_other(payload)
	var split: int = HEADER_BYTES + payload.decode_u32(4)
	if split > payload.size():
		error = (
			"a policy message announces %d bytes of JSON and holds %d"
			% [split - HEADER_BYTES, payload.size() - HEADER_BYTES]
		)
		return {}
	var message: Dictionary = _json.decode(payload.slice(HEADER_BYTES, split))
	error = _json.error
	if error.is_empty() and message["type"] != "load_policy":
		var type: String = message["type"]
		error = (
			"a policy message holds JSON of type '%s', not load_policy" % type.c_escape().left(64)
		)
	if not error.is_empty():
		return {}
	message["onnx"] = payload.slice(split)
	return message


# The status of a reset stands before the observations only if there is something to tell.
func _needs_room(batch: RLStepBatch, is_step: bool) -> bool:
	return not is_step and not batch.presence.is_empty()


func _mark_presence(status_bytes: PackedByteArray, at: int, batch: RLStepBatch) -> void:
	for i: int in batch.presence.size():
		status_bytes[at + i] |= batch.presence[i]


# After a reset every row begins anew, so only empty seats are told.
func _append_presence(payload: PackedByteArray, batch: RLStepBatch) -> void:
	var status: PackedByteArray = batch.presence.duplicate()
	for i: int in status.size():
		status[i] &= RLStepBatch.ABSENT
	var told: int = status.size() - status.count(0)
	if told == 0:
		return
	payload.encode_u32(4, told)
	payload.append_array(status)
	payload.resize(ceili(payload.size() / 4.0) * 4)
