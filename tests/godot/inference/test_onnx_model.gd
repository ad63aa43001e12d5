extends GodotTestCase
## ONNXModel against what onnxruntime answered (models/*.json, written by make_models.py).

const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXPlan := preload("res://addons/godot_rl/inference/onnx_plan.gd")
const ONNXReader := preload("res://addons/godot_rl/inference/onnx_reader.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const FOLDER: String = "res://tests/godot/inference/models"
const TOLERANCE: float = 1e-5


func test_every_model_agrees_with_onnxruntime() -> void:
	var compared: int = 0
	for file: String in DirAccess.get_files_at(FOLDER):
		if file.ends_with(".json"):
			compared += _compare(file.get_basename())
	check(compared >= 27, "%d outputs were compared" % compared)


func test_forward_equals_run_for_every_batch() -> void:
	var model: ONNXModel = _load("shipped_wide")
	check_equal(model.input_size, 9)
	check_equal(model.output_size, 3)
	var observations: PackedFloat32Array = []
	for i: int in 9 * 6:
		observations.append(sin(i * 1.7) * 2.0)
	var together: PackedFloat32Array = model.forward(observations, 6)
	check_equal(together.size(), 18)
	for agent: int in 6:
		var alone: PackedFloat32Array = model.forward(observations.slice(agent * 9, agent * 9 + 9))
		check_equal(alone, together.slice(agent * 3, agent * 3 + 3), "agent %d" % agent)


func test_forward_of_godot_rl_models() -> void:
	for name: String in ["godot_rl_dict", "godot_rl_ppo", "godot_rl_sac", "matmul", "shapes"]:
		var model: ONNXModel = _load(name)
		for case: Dictionary in _cases(name):
			var given: Dictionary = case["inputs"]["obs"]
			var batch: int = given["shape"][0]
			var got: PackedFloat32Array = model.forward(PackedFloat32Array(given["data"]), batch)
			var expected: Array = case["outputs"]["output"]["data"]
			check_near(_difference(got, expected), 0.0, TOLERANCE, name)
		check_equal(model.output_size, _cases(name)[0]["outputs"]["output"]["data"].size(), name)


func test_forward_of_a_file_for_a_batch_of_one() -> void:
	var model: ONNXModel = _load("static_batch")
	var three: PackedFloat32Array = [1, 2, 3, -1, 0, 1, 0.5, 0.5, 0.5]
	var together: PackedFloat32Array = model.forward(three, 3)
	check_equal(together.size(), 6)
	check_equal(model.forward(three.slice(3, 6)), together.slice(2, 4))


func test_metadata_and_opset() -> void:
	var model: ONNXModel = _load("shipped_wide")
	check_equal(model.metadata.get("policy"), "shipped_wide")
	check_equal(model.metadata.get("note"), "ä metadata text")
	check_equal(model.opset, 17)


func test_integer_model_is_not_tried_on_zeros() -> void:
	var model: ONNXModel = _load("integer_divisor")
	var a: ONNXTensor = ONNXTensor.of_ints([7, -7])
	var results: Dictionary[String, ONNXTensor] = model.run(
		{"a": a, "b": ONNXTensor.of_ints([2, 2])}
	)
	check_equal(results["quotient"].ints, PackedInt64Array([3, -3]))
	expect_error("an integer is divided by zero")
	check(model.run({"a": a, "b": ONNXTensor.of_ints([1, 0])}).is_empty(), "refused")
	expect_error("forward() is for one float32 input")
	check_equal(model.forward(PackedFloat32Array([1.0])).size(), 0)


func test_constant_and_echoed_outputs_are_the_callers_own() -> void:
	var model: ONNXModel = _load("shipped_wide")
	var feeds: Dictionary[String, ONNXTensor] = {
		"obs": ONNXTensor.of_floats([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 9]),
		"state_ins": ONNXTensor.of_floats([4.0], [1]),
	}
	var first: ONNXTensor = model.run(feeds)["output"].copy()
	var results: Dictionary[String, ONNXTensor] = model.run(feeds)
	check_equal(results["state_outs"].floats, PackedFloat32Array([4.0]))
	results["output"].floats.fill(NAN)
	results["state_outs"].floats.fill(NAN)
	check_equal(feeds["state_ins"].floats, PackedFloat32Array([4.0]), "the caller's input")
	feeds["state_ins"] = ONNXTensor.of_floats([4.0], [1])
	check_equal(model.run(feeds)["output"].floats, first.floats, "the second answer")


func test_nan_observation_gives_nan_and_leaves_no_trace() -> void:
	var model: ONNXModel = _load("shipped_12_64_64_4")
	var observation: PackedFloat32Array = []
	observation.resize(12)
	var before: PackedFloat32Array = model.forward(observation)
	observation[3] = NAN
	check(is_nan(model.forward(observation)[0]), "NaN in, NaN out")
	observation[3] = 0.0
	check_equal(model.forward(observation), before, "the next one")


## An enemy decides the same however many others decide with it.
func test_a_row_is_the_same_bit_by_bit_in_any_batch() -> void:
	for name: String in ["shipped_12_64_64_4", "shipped_wide", "int8_static", "small_encoder"]:
		var model: ONNXModel = _load(name)
		var rows: PackedFloat32Array = []
		for i: int in 17 * model.input_size:
			rows.append(sin(i * 0.37) * 2.0)
		var together: PackedByteArray = model.forward(rows, 17).to_byte_array()
		var one_by_one: PackedByteArray = []
		for i: int in 17:
			var row: PackedFloat32Array = rows.slice(
				i * model.input_size, (i + 1) * model.input_size
			)
			one_by_one.append_array(model.forward(row).to_byte_array())
		check(together == one_by_one, name)
		check(not together.is_empty(), name + ": an answer")


func test_wrong_observation_size_is_refused() -> void:
	var model: ONNXModel = _load("shipped_wide")
	expect_error("takes 9 floats for each agent, got 8 for a batch of 1")
	check_equal(model.forward(PackedFloat32Array([0, 0, 0, 0, 0, 0, 0, 0])).size(), 0)
	check(model.error.contains("takes 9 floats"), model.error)


func test_forward_of_several_inputs_is_refused() -> void:
	var model: ONNXModel = _load("two_inputs")
	expect_error('\'output\' needs ["obs", "image"]: call run()')
	check_equal(model.forward(PackedFloat32Array([0, 0, 0, 0, 0])).size(), 0)


func test_wrong_feeds_are_refused() -> void:
	var model: ONNXModel = _load("old_clip")
	var right: ONNXTensor = ONNXTensor.of_floats([1, 2, 3, 4, 5, 6, 7, 8], [4, 2])
	var column: ONNXTensor = ONNXTensor.of_floats([1, 2], [2, 1])
	expect_error("input 'c' is missing")
	check(model.run({"obs": right}).is_empty(), "a missing input")
	expect_error("it has no input 'observation'")
	check(model.run({"observation": right, "c": column}).is_empty(), "an unknown input")
	expect_error("input 'obs' is float32[2, 4], expected float32[4, 2]")
	check(model.run({"obs": right.reshaped([2, 4]), "c": column}).is_empty(), "a wrong shape")
	expect_error("input 'obs' holds 8 values for its shape [4, 3]")
	check(model.run({"obs": right.reshaped([4, 3]), "c": column}).is_empty(), "a wrong count")
	check(not model.run({"obs": right, "c": column}).is_empty(), "the right ones: " + model.error)


func test_loads_from_user_absolute_path_and_pck() -> void:
	var bytes: PackedByteArray = FileAccess.get_file_as_bytes(_path("matmul"))
	var copy: String = "user://test_onnx_model.onnx"
	var file: FileAccess = FileAccess.open(copy, FileAccess.WRITE)
	file.store_buffer(bytes)
	file.close()
	var absolute: String = ProjectSettings.globalize_path(copy)
	check(ONNXModel.load_file(copy) != null, "user://")
	check(ONNXModel.load_file(absolute) != null, absolute)
	var pack: String = "user://test_onnx_model.pck"
	var packer: PCKPacker = PCKPacker.new()
	packer.pck_start(pack)
	packer.add_file("res://inside_a_pck/policy.onnx", absolute)
	packer.flush()
	check(ProjectSettings.load_resource_pack(pack), "the .pck loads")
	check(ONNXModel.load_file("res://inside_a_pck/policy.onnx") != null, "in a .pck")
	for left: String in [copy, pack]:
		DirAccess.remove_absolute(ProjectSettings.globalize_path(left))


func test_missing_file_is_refused() -> void:
	expect_error("cannot load the ONNX model 'res://no_such.onnx': cannot open it: File not found")
	check(ONNXModel.load_file("res://no_such.onnx") == null, "null")


func test_unsupported_operator_is_named() -> void:
	expect_error("operator Einsum (node 'odd_one', opset 17) is not supported")
	check(ONNXModel.load_file(FOLDER.path_join("unsupported.onnx")) == null, "null")


func test_chains_are_fused_and_constants_folded() -> void:
	for name: String in ["shipped_12_64_64_4", "godot_rl_dict", "godot_rl_ppo", "matmul"]:
		var reader: ONNXReader = ONNXReader.new()
		var graph: ONNXGraph = reader.read(FileAccess.get_file_as_bytes(_path(name)))
		var plan: ONNXPlan = ONNXPlan.new(graph)
		check_equal(plan.steps.size(), 1, name + ": steps")
		check(plan.steps[0] is ONNXChain, name + ": the step is a chain")


func _compare(name: String) -> int:
	var model: ONNXModel = _load(name)
	if model == null:
		return 0
	var compared: int = 0
	for case: Dictionary in _cases(name):
		var feeds: Dictionary[String, ONNXTensor] = {}
		for key: String in case["inputs"]:
			var given: Dictionary = case["inputs"][key]
			feeds[key] = ONNXTensor.of_floats(
				PackedFloat32Array(given["data"]), PackedInt64Array(given["shape"])
			)
		var results: Dictionary[String, ONNXTensor] = model.run(feeds)
		for key: String in case["outputs"]:
			var expected: Dictionary = case["outputs"][key]
			check_equal(results[key].shape, PackedInt64Array(expected["shape"]), name + "." + key)
			var difference: float = _difference(results[key].floats, expected["data"])
			check_near(difference, 0.0, TOLERANCE, "%s.%s" % [name, key])
			compared += 1
	return compared


func _difference(got: PackedFloat32Array, expected: Array) -> float:
	if got.size() != expected.size():
		return INF
	var largest: float = 0.0
	for i: int in got.size():
		largest = maxf(largest, absf(got[i] - float(expected[i])))
	return largest


func _load(name: String) -> ONNXModel:
	var model: ONNXModel = ONNXModel.load_file(_path(name))
	check(model != null, name + " loads")
	return model


func _cases(name: String) -> Array:
	var text: String = FileAccess.get_file_as_string(FOLDER.path_join(name + ".json"))
	return JSON.parse_string(text)


func _path(name: String) -> String:
	return FOLDER.path_join(name + ".onnx")
