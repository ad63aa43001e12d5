extends ONNXOperatorTestCase
## How convolutional, recurrent and int8 models are computed: what is fused, what is prepared at
## load, and what is refused. That they agree with onnxruntime is tested in test_onnx_model.gd (the
## committed models) and in tests/python/inference.

const ONNXImageChain := preload("res://addons/godot_rl/inference/fused/image_chain.gd")
const ONNXQuantizer := preload("res://addons/godot_rl/inference/fused/quantizer.gd")
const ONNXStep := preload("res://addons/godot_rl/inference/fused/step.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")
const FOLDER: String = "res://tests/godot/inference/models"


func test_what_is_fused() -> void:
	check_equal(_steps("small_encoder"), PackedStringArray(["image_chain.gd", "chain.gd"]))
	check_equal(_steps("int8_dynamic"), PackedStringArray(["chain.gd"]))
	check_equal(_steps("int8_static"), PackedStringArray(["chain.gd"]))


func test_recurrent_weights_are_laid_out_at_load() -> void:
	var model: ONNXModel = ONNXModel.load_file(FOLDER.path_join("lstm_policy.onnx"))
	var prepared: int = 0
	for step: ONNXStep in model._plan.steps:
		if step.nodes[0].op_type == "LSTM":
			check(step.nodes[0].prepared != null, "prepared")
			prepared += 1
	check_equal(prepared, 1, "LSTM nodes")


## The caller keeps the state: two steps, the second from the first one's state, differ from two
## steps from nothing.
func test_state_goes_in_and_out() -> void:
	var model: ONNXModel = ONNXModel.load_file(FOLDER.path_join("lstm_policy.onnx"))
	var zeros: PackedFloat32Array = []
	zeros.resize(10)
	var feeds: Dictionary[String, ONNXTensor] = {
		"obs": ONNXTensor.of_floats([1, -1, 0.5, 0, 2, 1], [1, 6]),
		"state_h": ONNXTensor.of_floats(zeros, [1, 1, 10]),
		"state_c": ONNXTensor.of_floats(zeros, [1, 1, 10]),
	}
	var first: Dictionary[String, ONNXTensor] = model.run(feeds)
	check_equal(model.run(feeds)["output"].floats, first["output"].floats, "no state is kept")
	feeds["state_h"] = first["next_h"]
	feeds["state_c"] = first["next_c"]
	var second: Dictionary[String, ONNXTensor] = model.run(feeds)
	check(second["output"].floats != first["output"].floats, "the state matters")
	check_equal(second["next_h"].shape, PackedInt64Array([1, 1, 10]))


## A layout is made for certain lengths; other lengths get another one.
func test_convolution_of_changing_lengths() -> void:
	var weights: ONNXTensor = _waves([4, 2, 3, 3], 1.3)
	var node: ONNXNode = _node("Conv", {"pads": PackedInt64Array([1, 0, 1, 2])})
	node.inputs = ["x", "w"]
	var chain: ONNXImageChain = ONNXImageChain.make([node], {"w": weights})
	for shape: PackedInt64Array in [
		PackedInt64Array([1, 2, 5, 6]),
		PackedInt64Array([2, 2, 4, 7]),
		PackedInt64Array([1, 2, 5, 6])
	]:
		var x: ONNXTensor = _waves(shape, 0.7)
		var found: ONNXTensor = chain.compute([x])[0]
		check_equal(found.shape, PackedInt64Array([shape[0], 4, shape[2], shape[3]]))
		check_near(_difference(found, _convolved(x, weights)), 0.0, 1e-5, str(shape))


## Pixels 0 to 255 of type uint8 and a division before the first layer: the weights take it over.
func test_scaling_before_a_convolution() -> void:
	var weights: ONNXTensor = _waves([4, 2, 3, 3], 1.3)
	var cast: ONNXNode = _node("Cast", {"to": ONNXTensor.FLOAT})
	cast.inputs = ["x"]
	var div: ONNXNode = _node("Div", {})
	div.inputs = ["cast", "c"]
	cast.outputs = ["cast"]
	div.outputs = ["scaled"]
	var conv: ONNXNode = _node("Conv", {"pads": PackedInt64Array([1, 0, 1, 2])})
	conv.inputs = ["scaled", "w"]
	var constants: Dictionary[String, ONNXTensor] = {
		"w": weights, "c": ONNXTensor.of_floats([255.0], [])
	}
	var chain: ONNXImageChain = ONNXImageChain.make([cast, div, conv], constants)
	check_equal(chain.nodes.size(), 3, "nodes in the chain")
	var pixels: PackedInt64Array = []
	var scaled: PackedFloat32Array = []
	for i: int in 60:
		pixels.append(i * 37 % 256)
		scaled.append(pixels[-1] / 255.0)
	var shape: PackedInt64Array = [1, 2, 5, 6]
	var found: ONNXTensor = chain.compute([ONNXTensor.of_ints(pixels, shape, ONNXTensor.UINT8)])[0]
	var expected: PackedFloat32Array = _convolved(ONNXTensor.of_floats(scaled, shape), weights)
	check_near(_difference(found, expected), 0.0, 1e-5)


func test_convolutions_that_cannot_be() -> void:
	var x: ONNXTensor = _waves([1, 2, 4, 4], 1.0)
	var w: ONNXTensor = _waves([4, 2, 3, 3], 1.0)
	_refused("Conv", [x, w], "the padding -1", {"pads": PackedInt64Array([-1, 0, 0, 0])})
	_refused("Conv", [x, w], "is below 1", {"strides": PackedInt64Array([0, 1])})
	_refused("Conv", [x, w], "strides has 1 numbers, not 2", {"strides": PackedInt64Array([1])})
	_refused("Conv", [x, w], "auto_pad 'SOME' is unknown", {"auto_pad": "SOME"})
	_refused("Conv", [x, w], "4 outputs do not make 3 groups", {"group": 3})
	_refused("Conv", [x, w], "the input has 2 channels, not 4", {"group": 2})
	_refused("Conv", [x, w, _waves([3], 1.0)], "its bias is float32[3] for 4 outputs")
	_refused("Conv", [x, w], "does not fit into [4, 4]", {"dilations": PackedInt64Array([2, 2])})
	_refused("Conv", [_waves([2, 4], 1.0), w], "is no image")
	_refused("Conv", [x, w], "kernel_shape is [2, 2]", {"kernel_shape": PackedInt64Array([2, 2])})
	_refused("AveragePool", [x], "does not fit", {"kernel_shape": PackedInt64Array([5, 5])})


func test_recurrences_that_cannot_be() -> void:
	var x: ONNXTensor = _waves([2, 1, 3], 1.0)
	var w: ONNXTensor = _waves([1, 8, 3], 1.0)
	var r: ONNXTensor = _waves([1, 8, 2], 1.0)
	var two: Dictionary[String, Variant] = {"hidden_size": 2}
	_refused("LSTM", [_waves([2, 1, 4], 1.0), w, r], "X is float32[2, 1, 4] for 3 inputs", two)
	_refused("LSTM", [x, w, w], "R is float32[1, 8, 3], expected float32[1, 8, 2]", two)
	_refused("LSTM", [x, w, r, _waves([1, 8], 1.0)], "B is float32[1, 8]", two)
	_refused("GRU", [x, w, r], "W is float32[1, 8, 3] for 1 directions of 2", two)
	two["direction"] = "bidirectional"
	_refused("LSTM", [x, w, r], "for 2 directions of 2", two)
	two["direction"] = "forward"
	var lengths: ONNXTensor = ONNXTensor.of_ints([3], [1], ONNXTensor.INT32)
	_refused("LSTM", [x, w, r, null, lengths], "a sequence of 3 steps in an input of 2", two)
	_refused("LSTM", [x, w, r, null, null, x], "initial_h is float32[2, 1, 3]", two)


func test_attributes_that_cannot_be() -> void:
	var cosine: PackedStringArray = ["Sigmoid", "Tanh", "Cos"]
	_refused_at_load("LSTM", {"activations": cosine}, "the activation 'Cos' is not supported")
	_refused_at_load("LSTM", {"activations": cosine.slice(1)}, "it names 2 activations, not 3")
	_refused_at_load("GRU", {"direction": "both"}, "the direction 'both' is unknown")
	_refused_at_load("MaxPool", {}, "lacks the attribute 'kernel_shape'")
	_refused_at_load("QuantizeLinear", {"precision": 10}, "precision is float16, not float32")


## Ties go to the even number, as float32 division makes them.
func test_quantizing_rounds_half_to_even() -> void:
	var x: ONNXTensor = ONNXTensor.of_floats([0.5, 1.5, 2.5, -0.5, -1.5, 300, -300, 1.25])
	var scale: ONNXTensor = ONNXTensor.of_floats([1.0], [])
	var zero: ONNXTensor = ONNXTensor.of_ints([3], [], ONNXTensor.INT8)
	var q: ONNXTensor = _run("QuantizeLinear", [x, scale, zero])
	check_equal(q.ints, PackedInt64Array([3, 5, 5, 3, 1, 127, -128, 4]))
	check_equal(q.dtype, int(ONNXTensor.INT8))
	var back: ONNXTensor = _run("DequantizeLinear", [q, scale, zero])
	check_equal(back.floats, PackedFloat32Array([0, 2, 2, 0, -2, 124, -131, 1]))
	var v: PackedVector4Array = ONNXVectors.from_floats(x.floats)
	ONNXQuantizer.new(1.0, 3.0, -128.0, 127.0).snap(v)
	check_equal(ONNXVectors.to_floats(v), back.floats, "on vectors")


func test_quantizing_that_cannot_be() -> void:
	var x: ONNXTensor = _waves([2, 3], 1.0)
	var two: ONNXTensor = ONNXTensor.of_floats([1.0, 2.0])
	var axis: Dictionary[String, Variant] = {"axis": 0}
	check_equal(_run("QuantizeLinear", [x, two], axis).dtype, int(ONNXTensor.UINT8))
	_refused("QuantizeLinear", [x, two], "its scale is float32[2] for float32[2, 3]")
	_refused("QuantizeLinear", [x, two], "axis 2 of float32[2, 3]", {"axis": 2})
	_refused("DequantizeLinear", [x, two], "its input is float32[2, 3]", axis)
	_refused("MatMulInteger", [x, x], "an input is float32[2, 3]")
	var a: ONNXTensor = ONNXTensor.of_ints([1, 2, 3, 4, 5, 6], [2, 3], ONNXTensor.UINT8)
	_refused("MatMulInteger", [a, a], "do not fit")


## Sums beyond 2^24, which no float32 holds: constant weights are cut into parts.
func test_integer_product_is_exact() -> void:
	var size: int = 1100
	var a: PackedInt64Array = []
	var b: PackedInt64Array = []
	for i: int in size:
		a.append(255 - i % 3)
		b.append(127 - i % 5)
	var left: ONNXTensor = ONNXTensor.of_ints(a, [1, size], ONNXTensor.UINT8)
	var right: ONNXTensor = ONNXTensor.of_ints(b, [size, 1], ONNXTensor.INT8)
	var sum: int = 0
	for i: int in size:
		sum += a[i] * b[i]
	check(sum > 1 << 24, "the sum is large")
	check_equal(_run("MatMulInteger", [left, right]).ints, PackedInt64Array([sum]), "plain")
	var node: ONNXNode = _node("MatMulInteger", {})
	node.inputs = ["a", "b"]
	check(ONNXOperators.prepare(node, [null, right]), node.error)
	check(node.prepared != null, "prepared")
	var found: ONNXTensor = ONNXOperators.run(node, [left, right])[0]
	check_equal(found.ints, PackedInt64Array([sum]), "on tiles")


func _refused_at_load(
	op_type: String, attributes: Dictionary[String, Variant], reason: String
) -> void:
	var node: ONNXNode = _node(op_type, attributes)
	node.opset = 23
	node.inputs = ["a", "b", "c"]
	var found: String = ONNXOperators.refusal(node)
	check(found.contains(reason), "'%s' contains '%s'" % [found, reason])


func _steps(name: String) -> PackedStringArray:
	var model: ONNXModel = ONNXModel.load_file(FOLDER.path_join(name + ".onnx"))
	var names: PackedStringArray = []
	for step: ONNXStep in model._plan.steps:
		var script: Script = step.get_script()
		names.append(script.resource_path.get_file())
	return names


## A 3 x 3 convolution with pads [1, 0, 1, 2], in plain loops.
func _convolved(x: ONNXTensor, w: ONNXTensor) -> PackedFloat32Array:
	var result: PackedFloat32Array = []
	var rows: int = x.shape[2]
	var columns: int = x.shape[3]
	for n: int in x.shape[0]:
		for output: int in w.shape[0]:
			for place: int in rows * columns:
				var sum: float = 0.0
				for tap: int in 9 * w.shape[1]:
					@warning_ignore("integer_division")
					var channel: int = tap / 9
					@warning_ignore("integer_division")
					var row: int = place / columns - 1 + tap % 9 / 3
					var column: int = place % columns + tap % 3
					if row >= 0 and row < rows and column < columns:
						var at: int = ((n * x.shape[1] + channel) * rows + row) * columns + column
						sum += x.floats[at] * w.floats[output * 9 * w.shape[1] + tap]
				result.append(sum)
	return result


func _difference(found: ONNXTensor, expected: PackedFloat32Array) -> float:
	check_equal(found.floats.size(), expected.size(), "size")
	var worst: float = 0.0
	for i: int in mini(expected.size(), found.floats.size()):
		worst = maxf(worst, absf(found.floats[i] - expected[i]))
	return worst


func _waves(shape: PackedInt64Array, pace: float) -> ONNXTensor:
	var floats: PackedFloat32Array = []
	for i: int in ONNXTensor.count(shape):
		floats.append(sin(i * pace))
	return ONNXTensor.of_floats(floats, shape)
