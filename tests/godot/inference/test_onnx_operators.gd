extends ONNXOperatorTestCase
## Single operators on small tensors: corners that the models of test_onnx_model.gd do not reach.

const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXDenseLayer := preload("res://addons/godot_rl/inference/fused/dense_layer.gd")
const INT64: int = ONNXTensor.INT64


func test_broadcasting_both_ways() -> void:
	var column: ONNXTensor = _floats([1, 2, 3], [3, 1])
	var row: ONNXTensor = _floats([10, 20], [2])
	var sum: ONNXTensor = _run("Add", [column, row])
	check_equal(sum.shape, PackedInt64Array([3, 2]))
	check_equal(sum.floats, PackedFloat32Array([11, 21, 12, 22, 13, 23]))
	var deep: ONNXTensor = _run("Mul", [_floats([1, 2], [2, 1, 1]), _floats([1, 2, 3, 4], [2, 2])])
	check_equal(deep.shape, PackedInt64Array([2, 2, 2]))
	check_equal(deep.floats, PackedFloat32Array([1, 2, 3, 4, 2, 4, 6, 8]))
	_refused("Sub", [_floats([1, 2], [2]), _floats([1, 2, 3], [3])], "do not broadcast")
	_refused("Add", [row, ONNXTensor.of_ints([1, 2])], "its inputs are float32[2] and int64[2]")


func test_matmul_of_stacks_and_vectors() -> void:
	var stack: ONNXTensor = _floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
	var matrix: ONNXTensor = _floats([1, 0, 0, 2], [2, 2])
	var product: ONNXTensor = _run("MatMul", [stack, matrix])
	check_equal(product.floats, PackedFloat32Array([1, 4, 3, 8, 5, 12, 7, 16]))
	var vector: ONNXTensor = _floats([1, 10], [2])
	check_equal(_run("MatMul", [vector, matrix]).floats, PackedFloat32Array([1, 20]))
	check_equal(_run("MatMul", [vector, vector]).shape, PackedInt64Array())
	check_equal(_run("MatMul", [stack, vector]).floats, PackedFloat32Array([21, 43, 65, 87]))
	_refused("MatMul", [vector, _floats([1, 2, 3], [3])], "do not fit")


func test_gemm_options() -> void:
	var a: ONNXTensor = _floats([1, 2, 3, 4, 5, 6], [3, 2])
	var b: ONNXTensor = _floats([1, 0, 1, 0, 1, 1], [2, 3])
	var c: ONNXTensor = _floats([100, 200], [2, 1])
	var options: Dictionary[String, Variant] = {"transA": 1, "transB": 1, "alpha": 2.0, "beta": 0.5}
	var result: ONNXTensor = _run("Gemm", [a, b, c], options)
	check_equal(result.floats, PackedFloat32Array([62, 66, 116, 120]))
	check_equal(_run("Gemm", [a, b]).shape, PackedInt64Array([3, 3]), "without C")
	_refused("Gemm", [a, a], "the inner sizes of float32[3, 2] and float32[3, 2] differ")


func test_reshape_flatten_and_shape() -> void:
	var tensor: ONNXTensor = _floats(range(24), [2, 3, 4])
	var to: ONNXTensor = ONNXTensor.of_ints([0, -1])
	check_equal(_run("Reshape", [tensor, to]).shape, PackedInt64Array([2, 12]))
	_refused("Reshape", [tensor, ONNXTensor.of_ints([5, -1])], "does not reshape to [5, -1]")
	_refused("Reshape", [tensor, ONNXTensor.of_ints([-4, -6])], "does not reshape")
	check_equal(_run("Flatten", [tensor], {"axis": 0}).shape, PackedInt64Array([1, 24]))
	check_equal(_run("Flatten", [tensor], {"axis": -1}).shape, PackedInt64Array([6, 4]))
	check_equal(_run("Shape", [tensor]).ints, PackedInt64Array([2, 3, 4]))
	check_equal(_run("Shape", [tensor], {"start": -2, "end": 9}).ints, PackedInt64Array([3, 4]))


func test_squeeze_and_unsqueeze_in_both_forms() -> void:
	var tensor: ONNXTensor = _floats([1, 2], [1, 2, 1])
	var last: ONNXTensor = ONNXTensor.of_ints([-1])
	check_equal(_run("Squeeze", [tensor, last]).shape, PackedInt64Array([1, 2]))
	check_equal(_run("Squeeze", [tensor]).shape, PackedInt64Array([2]))
	var old_style: Dictionary[String, Variant] = {"axes": PackedInt64Array([0])}
	check_equal(_run("Squeeze", [tensor], old_style).shape, PackedInt64Array([2, 1]))
	_refused("Squeeze", [tensor, ONNXTensor.of_ints([1])], "axis 1 of float32[1, 2, 1]")
	var row: ONNXTensor = _floats([1, 2], [2])
	var ends: ONNXTensor = ONNXTensor.of_ints([0, -1])
	check_equal(_run("Unsqueeze", [row, ends]).shape, PackedInt64Array([1, 2, 1]))
	_refused("Unsqueeze", [row, ONNXTensor.of_ints([5])], "axes [5]")


func test_concat_on_a_middle_axis() -> void:
	var a: ONNXTensor = _floats([1, 2, 3, 4], [2, 1, 2])
	var b: ONNXTensor = _floats([5, 6, 7, 8, 9, 10, 11, 12], [2, 2, 2])
	var joined: ONNXTensor = _run("Concat", [a, b], {"axis": -2})
	check_equal(joined.shape, PackedInt64Array([2, 3, 2]))
	check_equal(joined.floats, PackedFloat32Array([1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12]))
	_refused("Concat", [a, b], "do not join on axis 0", {"axis": 0})


func test_clip_min_max_and_cast() -> void:
	var tensor: ONNXTensor = _floats([-2, 0.5, 9], [3])
	var low: ONNXTensor = _floats([-1], [])
	check_equal(_run("Clip", [tensor, low]).floats, PackedFloat32Array([-1, 0.5, 9]))
	check_equal(
		_run("Clip", [tensor, null, _floats([1], [])]).floats, PackedFloat32Array([-2, 0.5, 1])
	)
	var whole: ONNXTensor = ONNXTensor.of_ints([-300, 2, 300])
	var clipped: ONNXTensor = _run("Clip", [whole, null, ONNXTensor.of_ints([7], [])])
	check_equal(clipped.ints, PackedInt64Array([-300, 2, 7]))
	var three: Array[ONNXTensor] = [tensor, low, _floats([0, 0, 0], [3])]
	check_equal(_run("Max", three).floats, PackedFloat32Array([0, 0.5, 9]))
	check_equal(_run("Min", three).floats, PackedFloat32Array([-2, -1, -1]))
	var to_int8: Dictionary[String, Variant] = {"to": ONNXTensor.INT8}
	check_equal(_run("Cast", [whole], to_int8).ints, PackedInt64Array([-44, 2, 44]))
	var to_int: Dictionary[String, Variant] = {"to": INT64}
	check_equal(_run("Cast", [tensor], to_int).ints, PackedInt64Array([-2, 0, 9]))


func test_expand_and_constant_of_shape_are_bounded() -> void:
	var one: ONNXTensor = _floats([1], [1])
	var huge: ONNXTensor = ONNXTensor.of_ints([1 << 40, 1 << 40])
	_refused("Expand", [one, huge], "does not expand to")
	_refused("ConstantOfShape", [huge], "is impossible")
	check_equal(
		_run("ConstantOfShape", [ONNXTensor.of_ints([2])]).floats, PackedFloat32Array([0, 0])
	)


## A chain on an input of rank 3 goes the general way, and gives the same.
func test_fused_layer_on_another_rank() -> void:
	var node: ONNXNode = _node("MatMul", {})
	node.inputs = ["x", "w"]
	var constants: Dictionary[String, ONNXTensor] = {"w": _floats([1, 2, 3, 4, 5, 6], [2, 3])}
	var chain: ONNXChain = ONNXChain.make([node], constants)
	var flat: ONNXTensor = chain.compute([_floats([1, 2, 3, 4], [2, 2])])[0]
	var deep: ONNXTensor = chain.compute([_floats([1, 2, 3, 4], [2, 1, 2])])[0]
	check_equal(flat.floats, PackedFloat32Array([9, 12, 15, 19, 26, 33]))
	check_equal(deep.floats, flat.floats)
	check_equal(deep.shape, PackedInt64Array([2, 1, 3]))


## Weights larger than one block, of sizes that are no multiples of 4, in both layouts.
func test_dense_layer_of_odd_sizes() -> void:
	for size: Vector2i in [Vector2i(1, 1), Vector2i(5, 3), Vector2i(67, 130), Vector2i(64, 65)]:
		var weights: PackedFloat32Array = []
		var turned: PackedFloat32Array = []
		turned.resize(size.x * size.y)
		var bias: PackedFloat32Array = []
		var x: PackedFloat32Array = []
		for row: int in size.y:
			bias.append(cos(row))
			for column: int in size.x:
				weights.append(sin(row * 3.1 + column * 1.7))
				turned[column * size.y + row] = weights[-1]
		for column: int in size.x * 2:
			x.append(cos(column * 0.9))
		var layers: Array[ONNXDenseLayer] = [
			ONNXDenseLayer.new(weights, bias, false), ONNXDenseLayer.new(turned, bias, true)
		]
		for layer: ONNXDenseLayer in layers:
			check_near(_worst(layer, size, weights, bias, x), 0.0, 1e-5, str(size))


func _worst(
	layer: ONNXDenseLayer,
	size: Vector2i,
	weights: PackedFloat32Array,
	bias: PackedFloat32Array,
	x: PackedFloat32Array
) -> float:
	var chain: ONNXChain = ONNXChain.new()
	chain.input_size = size.x
	chain.output_size = size.y
	chain._stages = [layer]
	var found: PackedFloat32Array = chain.forward(x, 2)
	var worst: float = 0.0
	for row: int in 2:
		for output: int in size.y:
			var expected: float = bias[output]
			for column: int in size.x:
				expected += weights[output * size.x + column] * x[row * size.x + column]
			worst = maxf(worst, absf(found[row * size.y + output] - expected))
	return worst


func _floats(values: Array, shape: Array) -> ONNXTensor:
	return ONNXTensor.of_floats(PackedFloat32Array(values), PackedInt64Array(shape))
