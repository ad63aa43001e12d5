extends RefCounted
## How a recorded episode lies in a file; the one place of the addon that knows its bytes.
##
## A file is one line of JSON (the header), then records of 8 bytes (tag, 3 zero bytes, uint32
## size) and a payload; `.replay` files are compressed with gzip as a whole, `.part` files (an
## episode under way, or one that an engine did not survive) are not. docs/replay.md is the
## specification, and rl_training/data/recording.py the reader with all checks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const FORMAT: String = "spacetime_rl_replay"
## Version 1 since 0.1.0.
const VERSION: int = 1
const SUFFIX: String = ".replay"
const PART_SUFFIX: String = ".part"
## Tags of the records.
const NODES: int = 0x4E  # N: nodes that appeared or went
const DECISION: int = 0x44  # D: one decision
const FINAL: int = 0x46  # F: what was seen and earned after the last action
const END: int = 0x45  # E: how the episode ended
const HEAD_SIZE: int = 8


## Returns a record with its 8 bytes before [param payload].
static func record(tag: int, payload: PackedByteArray) -> PackedByteArray:
	var head: PackedByteArray = []
	head.resize(HEAD_SIZE)
	head[0] = tag
	head.encode_u32(4, payload.size())
	head.append_array(payload)
	return head


## Returns a decision's payload. Its first four bytes are the hash: of the payload with the
## decision before's [param last_hash] in their place, so that equal hashes tell of equal pasts.
static func decision(
	last_hash: int,
	changed_ids: PackedInt32Array,
	rewards: PackedFloat64Array,
	actions: PackedFloat64Array,
	observations: PackedByteArray,
	changed_values: PackedByteArray
) -> PackedByteArray:
	var payload: PackedByteArray = PackedInt32Array([0, changed_ids.size()]).to_byte_array()
	payload.encode_u32(0, last_hash)
	payload.append_array(rewards.to_byte_array())
	payload.append_array(actions.to_byte_array())
	payload.append_array(observations)
	payload.append_array(changed_ids.to_byte_array())
	payload.append_array(changed_values)
	payload.encode_u32(0, hash(payload))
	return payload


## Returns an action as numbers: continuous values, and the index of a discrete one, in the order of
## the action space. Float64 holds both without loss.
static func pack_action(action: Dictionary, space: Dictionary) -> PackedFloat64Array:
	var values: PackedFloat64Array = []
	for key: String in space:
		if space[key]["action_type"] == RLSpaces.DISCRETE:
			values.append(action[key])
		else:
			values.append_array(action[key])
	return values


## Returns how many numbers [method pack_action] gives for [param space].
static func action_size(space: Dictionary) -> int:
	var total: int = 0
	for key: String in space:
		total += 1 if space[key]["action_type"] == RLSpaces.DISCRETE else int(space[key]["size"])
	return total


## Returns the action that [method pack_action] packed, from [param offset] on.
static func unpack_action(values: PackedFloat64Array, offset: int, space: Dictionary) -> Dictionary:
	var action: Dictionary = {}
	for key: String in space:
		if space[key]["action_type"] == RLSpaces.DISCRETE:
			action[key] = int(values[offset])
			offset += 1
			continue
		var size: int = space[key]["size"]
		action[key] = Array(Array(values.slice(offset, offset + size)), TYPE_FLOAT, &"", null)
		offset += size
	return action


## Returns what is recorded of an observation: [code][key, number of float32][/code] for each key in
## alphabetical order. An image (bytes, or text) is recorded as its hash, told by a size of -1.
static func observation_layout(observation: Dictionary) -> Array:
	var keys: Array = observation.keys()
	keys.sort()
	var layout: Array = []
	for key: String in keys:
		var value: Variant = observation[key]
		layout.append([key, -1 if _is_image(key, value) else RLSpaces.pack(value).size()])
	return layout


## Returns an observation in the order of [method observation_layout].
static func pack_observation(observation: Dictionary) -> PackedByteArray:
	var keys: Array = observation.keys()
	keys.sort()
	var bytes: PackedByteArray = []
	for key: String in keys:
		var value: Variant = observation[key]
		if _is_image(key, value):
			bytes.append_array(PackedInt32Array([hash(value)]).to_byte_array())
		else:
			bytes.append_array(RLSpaces.pack(value).to_byte_array())
	return bytes


static func _is_image(key: String, value: Variant) -> bool:
	return value is String or (value is PackedByteArray and "2d" in key)
