extends GodotTestCase
## The addon's codecs against the golden transcripts in tests/contract: they read what Python sends,
## and write what Python is known to take.

const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLBinary2Codec := preload("res://addons/godot_rl/wire/binary2_codec.gd")
const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLOrders := preload("res://addons/godot_rl/policies/remote/orders.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const FOLDER: String = "res://tests/contract/"
const CONVERSATIONS: PackedStringArray = [
	"harness_to_addon",
	"groups",
	"orders",
	"levels",
	"stock_python_to_addon",
	"harness_to_stock_plugin",
	"harness_to_old_stock_plugin",
]
## Conversations over a binary transport, and the same ones as JSON.
const TWINS: Dictionary[String, String] = {
	"harness_to_addon_binary": "harness_to_addon",
	"groups_binary2": "groups",
	"orders_binary2": "orders",
	"levels_binary2": "levels",
}


func test_the_json_codec_reads_what_python_sends() -> void:
	for name: String in CONVERSATIONS:
		var lines: Array[Dictionary] = _read(name)
		var spaces: Array[Dictionary] = _action_spaces(lines)
		var codec: RLJsonCodec = RLJsonCodec.new()
		for line: Dictionary in lines.filter(_is_from.bind("python")):
			var message: Dictionary = codec.decode(line["bytes"])
			check_equal(codec.error, "", name)
			check_equal(message, line["message"], name)
			if message["type"] == "action":
				var actions: Array[Dictionary] = codec.read_actions(message, spaces)
				check_equal(codec.error, "", name)
				check(_same_actions(actions, message["action"]), "%s: %s" % [name, actions])


func test_the_json_codec_writes_what_python_takes() -> void:
	var codec: RLJsonCodec = RLJsonCodec.new()
	var written: int = 0
	for line: Dictionary in _read("harness_to_addon").filter(_is_from.bind("engine")):
		var message: Dictionary = line["message"]
		var payload: PackedByteArray
		match message["type"]:
			"reset":
				payload = codec.encode_reset(_batch(message))
			"step":
				payload = codec.encode_step(_batch(message))
			_:
				continue
		check_equal(codec.decode(payload), message)
		written += 1
	check(written > 5, "only %d lines" % written)


func test_the_json_codec_refuses_what_it_must() -> void:
	var codec: RLJsonCodec = RLJsonCodec.new()
	var spaces: Array[Dictionary] = _action_spaces(_read("harness_to_addon"))
	var refused: int = 0
	for line: Dictionary in _read("refused_by_addon"):
		var message: Dictionary = codec.decode(line["bytes"])
		if not message.is_empty():
			if message["type"] != "action":
				continue  # refused by RLRemotePolicy
			codec.read_actions(message, spaces)
		check(codec.error.contains(line["error"]), "'%s' in '%s'" % [line["error"], codec.error])
		refused += 1
	check(refused > 5, "only %d lines" % refused)


func test_the_binary_codecs_read_what_python_sends() -> void:
	for name: String in TWINS:
		var twin: Array[Dictionary] = _read(TWINS[name])
		var lines: Array[Dictionary] = _read(name)
		var spaces: Array[Dictionary] = _action_spaces(twin)
		var codec: RLBinaryCodec = _binary_codec(lines)
		check_equal(lines.size(), twin.size())
		for i: int in range(3, lines.size()):
			if lines[i]["from"] != "python":
				continue
			var message: Dictionary = codec.decode(lines[i]["bytes"])
			check_equal(codec.error, "")
			if message["type"] != "action":
				if message.has("onnx"):
					message["onnx"] = Marshalls.raw_to_base64(message["onnx"])
				check_equal(message, twin[i]["message"])
				continue
			var actions: Array[Dictionary] = codec.read_actions(message, spaces)
			check_equal(codec.error, "")
			check(_same_actions(actions, twin[i]["message"]["action"]), "%s: line %d" % [name, i])


func test_the_binary_codecs_write_what_python_takes() -> void:
	for name: String in TWINS:
		var twin: Array[Dictionary] = _read(TWINS[name])
		var lines: Array[Dictionary] = _read(name)
		var codec: RLBinaryCodec = _binary_codec(lines)
		for i: int in range(3, lines.size()):
			if lines[i]["from"] != "engine":
				continue
			var message: Dictionary = twin[i]["message"]
			var golden: PackedByteArray = lines[i]["bytes"]
			match message["type"]:
				"reset", "step":
					_check_packed(codec, message, golden)
				_:
					check_equal(codec.decode(golden), message)


func test_orders_are_answered_in_both_transports() -> void:
	for name: String in ["orders", "orders_binary2", "levels", "levels_binary2"]:
		var lines: Array[Dictionary] = _read(name)
		var codec: RLBinaryCodec = _binary_codec(lines)
		var answers: int = 0
		for line: Dictionary in lines.filter(_is_from.bind("engine")).slice(1):
			var message: Dictionary = line.get("message", {})
			if line.has("hex") and line["bytes"][0] == 0x4A:
				message = codec.decode(line["bytes"])
			answers += int(message.get("type", "") in RLOrders.TYPES)
		check(answers >= 12, "%s: only %d answers" % [name, answers])


# Infos are compared as values: JSON's numbers lose whether they were integers.
func _check_packed(codec: RLBinaryCodec, message: Dictionary, golden: PackedByteArray) -> void:
	var batch: RLStepBatch = _batch(message)
	var infos: Dictionary = {}
	for i: int in batch.infos.size():
		if not batch.infos[i].is_empty():
			infos[str(i)] = batch.infos[i]
	batch.infos = []
	var is_step: bool = message["type"] == "step"
	var payload: PackedByteArray = (
		codec.encode_step(batch) if is_step else codec.encode_reset(batch)
	)
	check_equal(golden.slice(0, payload.size()), payload)
	var text: String = golden.slice(payload.size()).get_string_from_utf8()
	check_equal(JSON.parse_string(text) if not text.is_empty() else {}, infos)


func _batch(message: Dictionary) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.observations.assign(message["obs"])
	batch.infos.assign(message["info"])
	if message["type"] == "step":
		batch.rewards = PackedFloat64Array(message["reward"])
		batch.terminated.assign(message["terminated"])
		batch.truncated.assign(message["truncated"])
		batch.final_observations = message["final_obs"]
	return batch


func _binary_codec(lines: Array[Dictionary]) -> RLBinaryCodec:
	var info: Dictionary = _env_info(lines)
	var layouts: Array[RLAgentLayout] = []
	for group: Dictionary in info["spacetime_rl"]["groups"]:
		var first: int = group["first"]
		(
			layouts
			. append(
				(
					RLAgentLayout
					. new(
						first,
						group["count"],
						info["observation_space"][first],
						info["action_space"][first],
					)
				)
			)
		)
	if info["spacetime_rl"]["transport"] == "binary2":
		return RLBinary2Codec.new(layouts)
	return RLBinaryCodec.new(layouts)


func _env_info(lines: Array[Dictionary]) -> Dictionary:
	return lines.filter(_is_from.bind("engine"))[0]["message"]


# One space per agent; old plugins tell a single one.
func _action_spaces(lines: Array[Dictionary]) -> Array[Dictionary]:
	var info: Dictionary = _env_info(lines)
	var spaces: Array[Dictionary] = []
	if info["action_space"] is Array:
		spaces.assign(info["action_space"])
	else:
		for i: int in int(info["n_agents"]):
			spaces.append(info["action_space"])
	return spaces


# Discrete actions are read as integers, which JSON does not know.
func _same_actions(read: Array[Dictionary], sent: Array) -> bool:
	for i: int in sent.size():
		for key: String in sent[i]:
			if read[i][key] != sent[i][key]:
				return false
	return read.size() == sent.size()


func _is_from(line: Dictionary, sender: String) -> bool:
	return line["from"] == sender


func _read(name: String) -> Array[Dictionary]:
	var lines: Array[Dictionary] = []
	for text: String in FileAccess.get_file_as_string(FOLDER + name + ".jsonl").split("\n", false):
		var line: Dictionary = JSON.parse_string(text)
		if line["from"] == "launch":
			continue
		var text_payload: String = line.get("payload", "")
		line["bytes"] = (
			(line["hex"] as String).hex_decode()
			if line.has("hex")
			else text_payload.to_utf8_buffer()
		)
		if text_payload.begins_with("{"):
			line["message"] = JSON.parse_string(text_payload)
		lines.append(line)
	check(not lines.is_empty(), "%s cannot be read" % name)
	return lines
