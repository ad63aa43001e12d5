extends GodotTestCase
## Transport binary1: the exact bytes, and what is refused.

const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const OBSERVATIONS: Dictionary = {
	"obs": {"size": [2], "space": "box"}, "a_camera_2d": {"size": [1, 1, 3], "space": "box"}
}
const ACTIONS: Dictionary = {
	"move": {"size": 2, "action_type": "continuous"},
	"jump": {"size": 3, "action_type": "discrete"},
	"turn": {"size": 1, "action_type": "continuous"},
}


func test_a_step_byte_by_byte() -> void:
	var payload: PackedByteArray = _codec().encode_step(_batch())
	var expected: PackedByteArray = PackedByteArray([0x53, 0, 0, 0, 1, 0, 0, 0])
	expected.append_array(PackedFloat32Array([0.5, -1.0]).to_byte_array())
	expected.append_array(PackedByteArray([0, 2, 0, 0]))
	expected.append_array(PackedByteArray([1, 2, 3, 4, 5, 6, 0, 0]))
	expected.append_array(PackedFloat32Array([1.0, 2.0, 3.0, 4.0]).to_byte_array())
	expected.append_array(PackedByteArray([7, 8, 9, 0]))
	expected.append_array(PackedFloat32Array([5.0, 6.0]).to_byte_array())
	expected.append_array('{"1":{"is_success":true}}'.to_utf8_buffer())
	check_equal(payload, expected)


func test_a_reset_without_infos() -> void:
	var batch: RLStepBatch = _batch()
	batch.infos = [{}, {}]
	var payload: PackedByteArray = _codec().encode_reset(batch)
	check_equal(payload.size(), 8 + 8 + 16)
	check_equal(payload[0], 0x52)


func test_actions_are_read_per_agent() -> void:
	var codec: RLBinaryCodec = _codec()
	var message: Dictionary = codec.decode(_action([0.25, 0.5, 0.75, -0.25, -0.5, -0.75], [2, 0]))
	check_equal(codec.error, "")
	var actions: Array[Dictionary] = codec.read_actions(message, [ACTIONS, ACTIONS])
	check_equal(codec.error, "")
	check_equal(actions[0]["move"], [0.25, 0.5])
	check_equal(actions[0]["jump"], 2)
	check_equal(actions[0]["turn"], [0.75])
	check_equal(actions[1]["move"], [-0.25, -0.5])
	check_equal(actions[1]["turn"], [-0.75])


func test_control_messages_are_json() -> void:
	var codec: RLBinaryCodec = _codec()
	var message: Dictionary = {"type": "call", "method": "get"}
	check_equal(codec.decode(codec.encode(message)), message)


func test_refusals() -> void:
	_check_refused(PackedByteArray([0x41, 0]), "shorter than its header")
	_check_refused(PackedByteArray([0x5A, 0, 0, 0, 0, 0, 0, 0]), "unknown tag 0x5A")
	_check_refused(PackedByteArray([0x41, 0, 0, 0, 0, 0, 0, 0, 1]), "2 agents need 40")
	_check_refused(PackedByteArray([0x4A, 0, 0, 0, 0, 0, 0, 0, 123]), "not JSON")


func test_actions_out_of_range_are_refused() -> void:
	var codec: RLBinaryCodec = _codec()
	var floats: PackedFloat32Array = [0.0, 0.0, 0.0, 0.0, NAN, 0.0]
	codec.read_actions(codec.decode(_action(floats, [0, 0])), [])
	check_equal(codec.error, "agent 1: an action is nan")
	floats[4] = 0.0
	codec.read_actions(codec.decode(_action(floats, [0, 3])), [])
	check_equal(codec.error, "agent 1: action 'jump' must be an integer in [0, 3), got 3")


func _action(floats: PackedFloat32Array, ints: PackedInt32Array) -> PackedByteArray:
	var payload: PackedByteArray = PackedByteArray([0x41, 0, 0, 0, 0, 0, 0, 0])
	payload.append_array(floats.to_byte_array())
	payload.append_array(ints.to_byte_array())
	return payload


func _codec() -> RLBinaryCodec:
	return RLBinaryCodec.new([RLAgentLayout.new(0, 2, OBSERVATIONS, ACTIONS)])


func _batch() -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.observations = [
		{"obs": PackedFloat32Array([1.0, 2.0]), "a_camera_2d": "010203"},
		{"obs": [3.0, 4.0], "a_camera_2d": "040506"},
	]
	batch.rewards = [0.5, -1.0]
	batch.terminated = [false, false]
	batch.truncated = [false, true]
	batch.final_observations = [null, {"obs": [5.0, 6.0], "a_camera_2d": "070809"}]
	batch.infos = [{}, {"is_success": true}]
	return batch


func _check_refused(payload: PackedByteArray, part: String) -> void:
	var codec: RLBinaryCodec = _codec()
	check_equal(codec.decode(payload), {})
	check(codec.error.contains(part), "expected '%s' in '%s'" % [part, codec.error])
