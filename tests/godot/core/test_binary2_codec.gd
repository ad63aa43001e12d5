extends GodotTestCase
## Transport binary2: layouts of any sizes, seats, policies as bytes, and the bytes of both ways in
## which observations are read.

const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLBinary2Codec := preload("res://addons/godot_rl/wire/binary2_codec.gd")
const RLLayoutPacker := preload("res://addons/godot_rl/agents/layout_packer.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const CHOOSER: GDScript = preload("res://tests/godot/fixtures/chooser_controller.gd")
const COUNTER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")
const ROUNDS: int = 200
const MOST_AGENTS: int = 64

var _random: RandomNumberGenerator = RandomNumberGenerator.new()


func test_groups_of_all_sizes_come_back_as_they_were() -> void:
	_random.seed = 15
	for round: int in ROUNDS:
		var layouts: Array[RLAgentLayout] = _layouts()
		var codec: RLBinary2Codec = RLBinary2Codec.new(layouts)
		var batch: RLStepBatch = _batch(layouts)
		_check_step(codec.encode_step(batch), layouts, batch)
		_check_reset(codec.encode_reset(batch), layouts, batch)
		_check_actions(codec, layouts)


func test_one_layout_has_the_bytes_of_binary1() -> void:
	_random.seed = 16
	for round: int in 20:
		var layouts: Array[RLAgentLayout] = [_layout(0, _random.randi_range(1, MOST_AGENTS))]
		var batch: RLStepBatch = _batch(layouts)
		batch.presence = []
		var first: RLBinaryCodec = RLBinaryCodec.new(layouts)
		var second: RLBinary2Codec = RLBinary2Codec.new(layouts)
		check_equal(second.encode_step(batch), first.encode_step(batch))
		check_equal(second.encode_reset(batch), first.encode_reset(batch))
		check_equal(second.lead(true), first.lead(true))


func test_packed_rows_of_unlike_agents_have_the_bytes_of_plain_ones() -> void:
	var members: Array[Node] = []
	for i: int in 7:
		members.append((CHOOSER if i % 3 == 1 else COUNTER).new())
		members[i].policy_name = "chooser" if i % 3 == 1 else "counter"
		members[i].set_physics_process(false)
		members[i].ticks = i
		add_child(members[i])
	var groups: RLAgentGroups = RLAgentGroups.of(members)
	var packer: RLObservationPacker = RLLayoutPacker.for_layouts(
		groups.rows, groups.observation_spaces, groups.layout_counts
	)
	var codec: RLBinary2Codec = RLBinary2Codec.new(groups.wire_layouts())
	for presence: PackedByteArray in [PackedByteArray(), PackedByteArray([0, 4, 0, 0, 8, 4, 0])]:
		for is_step: bool in [true, false]:
			var plain: RLStepBatch = _decision(groups.rows, is_step, presence)
			var packed: RLStepBatch = _decision(groups.rows, is_step, presence)
			plain.look(groups.rows)
			packed.look(groups.rows, packer, codec.lead(is_step))
			check(packed.is_packed, "unlike agents are packed")
			check_equal(codec.frame(packed, is_step), codec.frame(plain, is_step))
			check_equal(
				packer.observation_of(packed.packed.slice(packed.lead), 6), groups.rows[6].get_obs()
			)


func test_a_bad_element_is_found_in_its_layout() -> void:
	var members: Array[Node] = [COUNTER.new(), CHOOSER.new()]
	for agent: Node in members:
		agent.set_physics_process(false)
		add_child(agent)
	members[1].policy_name = "chooser"
	var groups: RLAgentGroups = RLAgentGroups.of(members)
	var packer: RLObservationPacker = RLLayoutPacker.for_layouts(
		groups.rows, groups.observation_spaces, groups.layout_counts
	)
	for bad: int in 7:
		var block: PackedFloat32Array = [0, 0, 0, 0, 0, 0, 0]
		block[bad] = NAN
		var expected: Vector2i = Vector2i(0, bad) if bad < 4 else Vector2i(1, bad - 4)
		check_equal(packer.first_not_finite(block), expected)


func test_images_may_be_bytes() -> void:
	var space: Dictionary = {"camera_2d": {"size": [1, 2, 3], "space": "box"}}
	var layout: RLAgentLayout = RLAgentLayout.new(
		0, 2, space, {"push": {"size": 1, "action_type": "continuous"}}
	)
	var as_bytes: PackedByteArray = []
	var as_text: PackedByteArray = []
	layout.append_observations(
		as_bytes,
		[
			{"camera_2d": PackedByteArray([1, 2, 3, 4, 5, 255])},
			{"camera_2d": PackedByteArray([6, 5, 4, 3, 2, 1])}
		]
	)
	layout.append_observations(
		as_text, [{"camera_2d": "0102030405ff"}, {"camera_2d": "060504030201"}]
	)
	check_equal(as_bytes, as_text)
	check_equal(as_bytes.size(), 12)


func test_a_policy_message() -> void:
	var codec: RLBinary2Codec = RLBinary2Codec.new([_layout(0, 1)])
	var text: PackedByteArray = '{"type":"load_policy","group":"cops"}'.to_utf8_buffer()
	var payload: PackedByteArray = _header(0x50, text.size()) + text + PackedByteArray([0, 1, 2])
	var message: Dictionary = codec.decode(payload)
	check_equal(codec.error, "")
	check_equal(message["group"], "cops")
	check_equal(message["onnx"], PackedByteArray([0, 1, 2]))
	_check_refused(codec, _header(0x50, text.size() + 1) + text, "announces 38 bytes of JSON")
	_check_refused(codec, _header(0x50, 0xFFFFFFFF) + text, "announces 4294967295 bytes")
	_check_refused(codec, _header(0x50, 0) + text, "not JSON")
	var other: PackedByteArray = '{"type":"close"}'.to_utf8_buffer()
	_check_refused(codec, _header(0x50, other.size()) + other, "'close', not load_policy")
	var older: RLBinaryCodec = RLBinaryCodec.new([_layout(0, 1)])
	_check_refused(older, payload, "unknown tag 0x50")


func _decision(rows: Array[Node], is_step: bool, presence: PackedByteArray) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.presence = presence
	for i: int in rows.size():
		batch.infos.append({"row": i} if i == 2 else {})
		if not is_step:
			continue
		batch.rewards.append(i * 0.5)
		batch.terminated.append(i == 1)
		batch.truncated.append(i in [3, 5])
		batch.final_observations.append(rows[i].get_obs() if i in [1, 3, 5] else null)
	return batch


func _layouts() -> Array[RLAgentLayout]:
	var layouts: Array[RLAgentLayout] = []
	var first: int = 0
	for i: int in _random.randi_range(1, 4):
		var count: int = [0, 1, 2, 3, _random.randi_range(4, MOST_AGENTS), MOST_AGENTS][
			_random.randi_range(0, 5)
		]
		layouts.append(_layout(first, count))
		first += count
	return layouts


# A random layout, with its spaces as metadata for the checks.
func _layout(first: int, count: int) -> RLAgentLayout:
	var observations: Dictionary = {}
	for key: String in ["obs", "a", "cam_2d"].slice(0, _random.randi_range(1, 3)):
		observations[key] = {"size": [_random.randi_range(1, 5)], "space": "box"}
	var actions: Dictionary = {}
	for key: String in ["z", "b", "m"].slice(0, _random.randi_range(1, 3)):
		var is_choice: bool = _random.randf() < 0.4
		actions[key] = {
			"size": _random.randi_range(2, 4),
			"action_type": "discrete" if is_choice else "continuous",
		}
	var layout: RLAgentLayout = RLAgentLayout.new(first, count, observations, actions)
	layout.set_meta("observations", observations)
	layout.set_meta("actions", actions)
	return layout


func _batch(layouts: Array[RLAgentLayout]) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	for layout: RLAgentLayout in layouts:
		for i: int in layout.count:
			var has_ended: bool = _random.randf() < 0.2
			batch.observations.append(_observation(layout.get_meta("observations")))
			batch.rewards.append(_random.randi_range(-9, 9) / 4.0)
			batch.terminated.append(has_ended and _random.randf() < 0.5)
			batch.truncated.append(has_ended and not batch.terminated[-1])
			batch.final_observations.append(
				_observation(layout.get_meta("observations")) if has_ended else null
			)
			batch.infos.append({"n": i} if _random.randf() < 0.1 else {})
			batch.presence.append([0, 4, 8][_random.randi_range(0, 2)])
	return batch


func _observation(space: Dictionary) -> Dictionary:
	var observation: Dictionary = {}
	for key: String in space:
		var bytes: PackedByteArray = []
		for i: int in space[key]["size"][0]:
			bytes.append(_random.randi_range(0, 255))
		observation[key] = bytes if "2d" in key else PackedFloat32Array(Array(bytes))
	return observation


# Reads the bytes as docs/protocol.md has it, with no code of the codec's.
func _check_step(
	payload: PackedByteArray, layouts: Array[RLAgentLayout], batch: RLStepBatch
) -> void:
	var count: int = batch.rewards.size()
	check_equal(payload[0], 0x53)
	var ended: int = 0
	for i: int in count:
		check_equal(payload.decode_float(8 + 4 * i), batch.rewards[i])
		var status: int = payload[8 + 4 * count + i]
		check_equal(
			status,
			(1 if batch.terminated[i] else 0) | (2 if batch.truncated[i] else 0) | batch.presence[i]
		)
		ended += int(status & 3 != 0)
	check_equal(payload.decode_u32(4), ended)
	var at: int = 8 + 4 * count + ceili(count / 4.0) * 4
	at = _check_observations(payload, at, layouts, batch.observations)
	at = _check_observations(payload, at, layouts, batch.final_observations)
	_check_infos(payload.slice(at), batch)


func _check_reset(
	payload: PackedByteArray, layouts: Array[RLAgentLayout], batch: RLStepBatch
) -> void:
	check_equal(payload[0], 0x52)
	var absent: int = batch.presence.count(4)
	check_equal(payload.decode_u32(4), absent)
	var at: int = 8
	if absent > 0:
		for i: int in batch.presence.size():
			check_equal(payload[8 + i], batch.presence[i] & 4)
		at += ceili(batch.presence.size() / 4.0) * 4
	at = _check_observations(payload, at, layouts, batch.observations)
	_check_infos(payload.slice(at), batch)


func _check_observations(
	payload: PackedByteArray, at: int, layouts: Array[RLAgentLayout], observations: Array
) -> int:
	for layout: RLAgentLayout in layouts:
		var keys: Array = layout.get_meta("observations").keys()
		keys.sort()
		for key: String in keys:
			for i: int in range(layout.first, layout.first + layout.count):
				if observations[i] == null:
					continue
				for value: float in observations[i][key]:
					var told: float = (
						float(payload[at]) if "2d" in key else payload.decode_float(at)
					)
					if told != value:
						check_equal(told, value, "%s of agent %d" % [key, i])
					at += 1 if "2d" in key else 4
			at = ceili(at / 4.0) * 4
	return at


func _check_infos(rest: PackedByteArray, batch: RLStepBatch) -> void:
	var told: Variant = JSON.parse_string(rest.get_string_from_utf8()) if rest.size() > 0 else {}
	for i: int in batch.infos.size():
		check_equal(told.has(str(i)), not batch.infos[i].is_empty())


func _check_actions(codec: RLBinary2Codec, layouts: Array[RLAgentLayout]) -> void:
	var payload: PackedByteArray = _header(0x41, 0)
	var wanted: Array[Dictionary] = []
	for layout: RLAgentLayout in layouts:
		var floats: PackedFloat32Array = []
		var ints: PackedInt32Array = []
		for i: int in layout.count:
			var action: Dictionary = {}
			var space: Dictionary = layout.get_meta("actions")
			for key: String in space:
				if space[key]["action_type"] == "discrete":
					action[key] = _random.randi_range(0, space[key]["size"] - 1)
					ints.append(action[key])
					continue
				action[key] = []
				for j: int in space[key]["size"]:
					action[key].append(_random.randi_range(-4, 4) / 4.0)
				floats.append_array(PackedFloat32Array(action[key]))
			wanted.append(action)
		payload += floats.to_byte_array() + ints.to_byte_array()
	var message: Dictionary = codec.decode(payload)
	check_equal(codec.error, "")
	check_equal(codec.read_actions(message, []), wanted)
	_check_refused(codec, payload + PackedByteArray([0]), "an action message of")


func _header(tag: int, count: int) -> PackedByteArray:
	var header: PackedByteArray = [tag, 0, 0, 0, 0, 0, 0, 0]
	header.encode_u32(4, count)
	return header


func _check_refused(codec: RLBinaryCodec, payload: PackedByteArray, part: String) -> void:
	check_equal(codec.decode(payload), {})
	check(codec.error.contains(part), "expected '%s' in '%s'" % [part, codec.error])
