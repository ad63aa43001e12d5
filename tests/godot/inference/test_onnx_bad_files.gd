extends GodotTestCase
## Whatever bytes come, the reader ends with a reason: no hang, no script error, no half-read model.

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXPlan := preload("res://addons/godot_rl/inference/onnx_plan.gd")
const ONNXReader := preload("res://addons/godot_rl/inference/onnx_reader.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const FOLDER: String = "res://tests/godot/inference/models"


func test_truncated_files_are_refused() -> void:
	for name: String in ["shapes", "matmul", "two_inputs", "old_clip", "attributes"]:
		var whole: PackedByteArray = _bytes(name)
		var accepted: int = 0
		for length: int in whole.size():
			var reader: ONNXReader = ONNXReader.new()
			if reader.read(whole.slice(0, length)) != null:
				accepted += 1
			else:
				check(not reader.error.is_empty(), "%s cut at %d: a reason" % [name, length])
		check_equal(accepted, 0, name + ": accepted lengths")


## Metadata stands at the end: cut exactly between its entries, a file is whole again.
func test_large_file_truncated_at_many_offsets() -> void:
	var whole: PackedByteArray = _bytes("shipped_12_64_64_4")
	var generator: RandomNumberGenerator = RandomNumberGenerator.new()
	generator.seed = 1
	for trial: int in 300:
		var length: int = generator.randi_range(0, whole.size() - 120)
		var reader: ONNXReader = ONNXReader.new()
		check(reader.read(whole.slice(0, length)) == null, "cut at %d" % length)


func test_random_bytes_are_refused() -> void:
	var generator: RandomNumberGenerator = RandomNumberGenerator.new()
	generator.seed = 2
	for trial: int in 2000:
		var bytes: PackedByteArray = []
		for i: int in generator.randi_range(0, 60):
			bytes.append(generator.randi_range(0, 255))
		var reader: ONNXReader = ONNXReader.new()
		check(reader.read(bytes) == null, "trial %d" % trial)
		check(not reader.error.is_empty(), "trial %d: a reason" % trial)


## A flipped byte may still give a valid model; it must only never break the loader or a run.
func test_flipped_bytes_never_break_the_loader() -> void:
	var generator: RandomNumberGenerator = RandomNumberGenerator.new()
	generator.seed = 3
	var runnable: int = 0
	var names: Array[String] = ["shapes", "matmul", "two_inputs", "old_clip", "godot_rl_sac"]
	for name: String in names + ["attributes", "attributes", "attributes"]:
		var whole: PackedByteArray = _bytes(name)
		for trial: int in 120:
			var bytes: PackedByteArray = whole.duplicate()
			for flip: int in generator.randi_range(1, 3):
				bytes[generator.randi_range(0, bytes.size() - 1)] = generator.randi_range(0, 255)
			var graph: ONNXGraph = ONNXReader.new().read(bytes)
			var plan: ONNXPlan = null
			if graph != null:
				plan = ONNXPlan.new(graph)
			if plan != null and plan.error.is_empty():
				plan.execute(_zeros(graph))
				runnable += 1
	check(runnable > 20, "%d changed models could still be run" % runnable)


func test_text_file_is_refused() -> void:
	expect_error("cannot load the ONNX model 'notes.txt'")
	check(ONNXModel.load_bytes("version https://git-lfs".to_utf8_buffer(), "notes.txt") == null, "")
	check(not ONNXModel.last_load_error.is_empty(), "a reason")


func test_empty_file_is_refused() -> void:
	expect_error("it names no operator set")
	check(ONNXModel.load_bytes(PackedByteArray()) == null, "null")


func test_length_prefix_beyond_the_end_is_refused() -> void:
	# Field 7 (graph), length 2^62.
	var bytes: PackedByteArray = PackedByteArray(
		[0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]
	)
	var reader: ONNXReader = ONNXReader.new()
	check(reader.read(bytes) == null, "null")
	check(reader.error.contains("exceeds the message"), reader.error)


func test_unknown_opset_names_the_range() -> void:
	var bytes: PackedByteArray = _bytes("old_clip")
	# opset_import { version: 9 } is the two bytes 0x10 0x09 inside field 8.
	for at: int in bytes.size() - 3:
		if bytes[at] == 0x42 and bytes[at + 2] in [0x0a, 0x10] and bytes.slice(at).has(0x09):
			bytes[bytes.find(0x09, at)] = 29
	expect_error("opset 29 is not supported (9 to 28 are)")
	check(ONNXModel.load_bytes(bytes) == null, "null")


func _bytes(name: String) -> PackedByteArray:
	return FileAccess.get_file_as_bytes(FOLDER.path_join(name + ".onnx"))


func _zeros(graph: ONNXGraph) -> Dictionary[String, ONNXTensor]:
	var values: Dictionary[String, ONNXTensor] = {}
	for info: ONNXGraph.RLValueInfo in graph.inputs:
		var shape: PackedInt64Array = []
		for length: int in info.shape:
			shape.append(clampi(length, 1, 64))
		var zeros: Variant = ONNXTensor.zeros(info.dtype, ONNXTensor.count(shape))
		values[info.name] = ONNXTensor.of_values(zeros, shape, info.dtype)
	return values
