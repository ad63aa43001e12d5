extends GodotTestCase
## JSON messages: what is read, what is refused, what is written.

const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")


func test_reads_a_message() -> void:
	var codec: RLJsonCodec = RLJsonCodec.new()
	check_equal(
		codec.decode('{"type":"reset","seed":3}'.to_utf8_buffer()), {"type": "reset", "seed": 3.0}
	)
	check_equal(codec.error, "")


func test_refuses_what_is_no_message() -> void:
	_check_refused("{".to_utf8_buffer(), "not JSON")
	_check_refused("".to_utf8_buffer(), "not JSON")
	_check_refused(PackedByteArray([123, 0, 125]), "zero byte")
	_check_refused("[1]".to_utf8_buffer(), 'with a string "type"')
	_check_refused('{"type": 1}'.to_utf8_buffer(), 'with a string "type"')


func test_floats_survive_bit_by_bit() -> void:
	var codec: RLJsonCodec = RLJsonCodec.new()
	var values: PackedFloat32Array = [0.1, -1.0 / 3.0, 1e-20, 123456.789, 3.4e38]
	var message: Dictionary = codec.decode(codec.encode({"type": "x", "values": values}))
	check_equal(PackedFloat32Array(message["values"]), values)


func test_writes_a_step() -> void:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.observations = [{"obs": PackedFloat32Array([1.0])}]
	batch.rewards = [0.5]
	batch.terminated = [false]
	batch.truncated = [true]
	batch.final_observations = [{"obs": PackedFloat32Array([2.0])}]
	batch.infos = [{"is_success": true}]
	var codec: RLJsonCodec = RLJsonCodec.new()
	check_equal(
		codec.decode(codec.encode_step(batch)),
		{
			"type": "step",
			"obs": [{"obs": [1.0]}],
			"reward": [0.5],
			"done": [true],
			"info": [{"is_success": true}],
			"terminated": [false],
			"truncated": [true],
			"final_obs": [{"obs": [2.0]}],
		}
	)


func _check_refused(payload: PackedByteArray, part: String) -> void:
	var codec: RLJsonCodec = RLJsonCodec.new()
	check_equal(codec.decode(payload), {})
	check(codec.error.contains(part), "expected '%s' in '%s'" % [part, codec.error])
