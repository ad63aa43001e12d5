extends GodotTestCase
## What a player's disk or a hostile download may hold in place of a policy: nothing here may crash,
## hang or print more than the one refusal.

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const MODEL: String = "res://tests/godot/inference/models/shipped_wide.onnx"
const FOLDER: String = "user://onnx_extreme"
const FLOAT: int = 1
const INT64: int = 7
## Field numbers of onnx.proto3 that the builder below writes.
const IR_VERSION: int = 1
const GRAPH: int = 7
const OPSETS: int = 8


func test_files_that_are_no_models() -> void:
	DirAccess.make_dir_recursive_absolute(FOLDER)
	var whole: PackedByteArray = FileAccess.get_file_as_bytes(MODEL)
	var zeros: PackedByteArray = []
	zeros.resize(4096)
	var contents: Dictionary[String, PackedByteArray] = {
		"empty.onnx": PackedByteArray(),
		"half.onnx": whole.slice(0, floori(whole.size() / 2.0)),
		"zeros.onnx": zeros,
		"text.onnx": "extends Node\n\nfunc _ready() -> void:\n\tpass\n".to_utf8_buffer(),
		"page.onnx": "<!DOCTYPE html><title>404</title>".to_utf8_buffer(),
		"picture.onnx": Image.create_empty(8, 8, false, Image.FORMAT_RGB8).save_png_to_buffer(),
		"pointer.onnx":
		"version https://git-lfs.github.com/spec/v1\noid sha256:0\n".to_utf8_buffer(),
		"end_missing.onnx": whole.slice(0, whole.size() - 1),
		"start_missing.onnx": whole.slice(1),
	}
	for name: String in contents:
		var path: String = FOLDER.path_join(name)
		var file: FileAccess = FileAccess.open(path, FileAccess.WRITE)
		file.store_buffer(contents[name])
		file.close()
		expect_error("cannot load the ONNX model '%s'" % path)
		check(ONNXModel.load_file(path) == null, name)
		check(not ONNXModel.last_load_error.is_empty(), name + ": a reason")
		check(not ONNXModel.last_load_error.contains("\n"), name + ": one line")
		DirAccess.remove_absolute(path)
	DirAccess.remove_absolute(FOLDER)


func test_a_folder_is_refused() -> void:
	expect_error("cannot load the ONNX model 'res://tests': cannot open it")
	check(ONNXModel.load_file("res://tests") == null, "null")
	expect_error("cannot load the ONNX model '': cannot open it")
	check(ONNXModel.load_file("") == null, "no path")


## 4 times 2^62 is 0 in 64 bits: such a tensor must not pass for an empty one.
func test_impossible_lengths_are_refused() -> void:
	for shape: PackedInt64Array in [
		PackedInt64Array([4, 1 << 62]),
		PackedInt64Array([1 << 32, 1 << 32]),
		PackedInt64Array([1 << 26, 2]),
		PackedInt64Array([-1, 4]),
		PackedInt64Array([-(1 << 62), 4]),
		PackedInt64Array([0, 1 << 62]),
		PackedInt64Array([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
	]:
		expect_error("'w' has the impossible shape")
		check(ONNXModel.load_bytes(_product([1, 4], shape, [])) == null, "weights %s" % shape)
	for length: int in [1 << 62, 1 << 32, -5]:
		expect_error("a dimension is %d long" % length)
		check(ONNXModel.load_bytes(_product([1, length], [4, 1], [1, 2, 3, 4])) == null, "input")


## A shape that the model computes for itself is bounded too.
func test_impossible_computed_lengths_are_refused() -> void:
	for shape: PackedInt64Array in [
		PackedInt64Array([4, 1 << 62]), PackedInt64Array([1 << 62, 4]), PackedInt64Array([1 << 40])
	]:
		for op_type: String in ["Expand", "Tile", "Reshape"]:
			var nodes: PackedByteArray = _node(op_type, ["obs", "shape"], "output")
			expect_error("cannot load the ONNX model")
			var model: ONNXModel = ONNXModel.load_bytes(
				_model(nodes + _ints("shape", shape), [1, 1])
			)
			check(model == null, "%s to %s" % [op_type, shape])


## The trial at load would take minutes.
func test_a_model_of_a_huge_input_loads_at_once() -> void:
	var nodes: PackedByteArray = []
	var names: PackedStringArray = ["obs", "a", "b", "c", "d", "e", "f", "g", "output"]
	for i: int in names.size() - 1:
		nodes.append_array(_node("Softplus", [names[i]], names[i + 1]))
	var started: int = Time.get_ticks_msec()
	check(ONNXModel.load_bytes(_model(nodes, [1, 60_000_000])) != null, "it is valid")
	check(
		Time.get_ticks_msec() - started < 5000, "it took %d ms" % (Time.get_ticks_msec() - started)
	)


## Weights and inputs that are no numbers: the caller sees them in the outputs, nothing is printed.
func test_outputs_that_are_no_numbers_are_handed_on() -> void:
	var model: ONNXModel = ONNXModel.load_bytes(_product([1, 4], [4, 1], [1, NAN, INF, 4]))
	check(is_nan(model.forward([1, 2, 3, 4])[0]), "of a weight")
	model = ONNXModel.load_bytes(_product([1, 4], [4, 1], [3e38, 3e38, 0, 0]))
	check(is_inf(model.forward([1, 1, 1, 1])[0]), "of an overflow")
	check_equal(model.forward([1, 0, 0, 0])[0] > 1e38, true, "the next one")
	var zero: PackedByteArray = _floats("zero", [1], [0])
	var divided: PackedByteArray = _node("Div", ["obs", "zero"], "output") + zero
	model = ONNXModel.load_bytes(_model(divided, [1, 2]))
	var found: PackedFloat32Array = model.forward([1, 0])
	check(is_inf(found[0]) and is_nan(found[1]), "of a division by zero: %s" % found)
	check_equal(model.error, "")


## A game plays on with a policy that fails: its log must not fill.
func test_a_reason_is_logged_once() -> void:
	var catcher: GodotTestErrorCatcher = GodotTestErrorCatcher.new()
	OS.add_logger(catcher)
	var model: ONNXModel = ONNXModel.load_file(MODEL)
	expect_error("floats for each agent, got")
	for i: int in 50:
		check(model.forward([1.0]).is_empty(), "refused")
		check(model.error.contains("got 1 for a batch of 1"), model.error)
	for size: int in range(20, 70):
		var observations: PackedFloat32Array = []
		observations.resize(size)
		model.forward(observations, -1)
	OS.remove_logger(catcher)
	var logged: PackedStringArray = catcher.take()
	check(logged.size() <= ONNXModel.MOST_REPORTS, "%d lines" % logged.size())
	check(logged.size() > 1, "other reasons are told")


# A model that multiplies `obs` of a shape by the weights `w`.
func _product(
	input: PackedInt64Array, shape: PackedInt64Array, weights: PackedFloat32Array
) -> PackedByteArray:
	return _model(_node("MatMul", ["obs", "w"], "output") + _floats("w", shape, weights), input)


# The bytes of a model: fields of the graph, with `obs` and `output` added.
func _model(fields: PackedByteArray, input: PackedInt64Array) -> PackedByteArray:
	var graph: PackedByteArray = fields.duplicate()
	var dimensions: PackedByteArray = []
	for length: int in input:
		dimensions.append_array(_field(1, _number(1, length)))
	var type: PackedByteArray = _field(1, _number(1, FLOAT) + _field(2, dimensions))
	graph.append_array(_field(11, _text(1, "obs") + _field(2, type)))
	graph.append_array(_field(12, _text(1, "output")))
	return _number(IR_VERSION, 8) + _field(GRAPH, graph) + _field(OPSETS, _number(2, 17))


func _node(op_type: String, inputs: PackedStringArray, output: String) -> PackedByteArray:
	var node: PackedByteArray = []
	for name: String in inputs:
		node.append_array(_text(1, name))
	return _field(1, node + _text(2, output) + _text(4, op_type))


func _floats(name: String, shape: PackedInt64Array, values: PackedFloat32Array) -> PackedByteArray:
	return _tensor(name, FLOAT, shape, values.to_byte_array())


func _ints(name: String, values: PackedInt64Array) -> PackedByteArray:
	return _tensor(name, INT64, [values.size()], values.to_byte_array())


func _tensor(
	name: String, type: int, shape: PackedInt64Array, raw: PackedByteArray
) -> PackedByteArray:
	var tensor: PackedByteArray = []
	for length: int in shape:
		tensor.append_array(_number(1, length))
	return _field(5, tensor + _number(2, type) + _text(8, name) + _field(9, raw))


func _field(number: int, content: PackedByteArray) -> PackedByteArray:
	return _varint(number << 3 | 2) + _varint(content.size()) + content


func _text(number: int, text: String) -> PackedByteArray:
	return _field(number, text.to_utf8_buffer())


func _number(number: int, value: int) -> PackedByteArray:
	return _varint(number << 3) + _varint(value)


func _varint(value: int) -> PackedByteArray:
	var bytes: PackedByteArray = []
	for i: int in 10:
		var rest: int = (value >> 7) & 0x01ffffffffffffff
		bytes.append((value & 0x7f) | (0x80 if rest != 0 else 0))
		value = rest
		if rest == 0:
			break
	return bytes
