extends RefCounted
## Matrix products, the general way. Constant weights do not come here: ONNXPlan gives such layers
## to ONNXDenseLayer, which is 30 times as fast. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXBroadcast := preload("res://addons/godot_rl/inference/operators/broadcast.gd")
const ONNXCastOperators := preload("res://addons/godot_rl/inference/operators/cast_operators.gd")
const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## ONNX name -> [function, number of inputs it cannot do without].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var of_gemm: Array = [
		ONNXOperatorSpec.attribute("transA", TYPE_INT),
		ONNXOperatorSpec.attribute("transB", TYPE_INT),
		ONNXOperatorSpec.attribute("alpha", TYPE_FLOAT),
		ONNXOperatorSpec.attribute("beta", TYPE_FLOAT),
	]
	return {
		"Gemm": ONNXOperatorSpec.new(gemm, 2, of_gemm),
		"MatMul": ONNXOperatorSpec.new(matmul, 2),
	}


static func gemm(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	for input: ONNXTensor in inputs:
		if input != null and (input.dtype != inputs[0].dtype or input.dtype == ONNXTensor.BOOL):
			return node.fail("its inputs are %s and %s" % [inputs[0].describe(), input.describe()])
	if inputs[0].shape.size() != 2 or inputs[1].shape.size() != 2:
		return node.fail("it wants matrices, got %s" % _both(inputs))
	var a: ONNXTensor = _transposed(inputs[0]) if node.int_of("transA", 0) else inputs[0]
	var b: ONNXTensor = _transposed(inputs[1]) if node.int_of("transB", 0) else inputs[1]
	if a.shape[1] != b.shape[0]:
		return node.fail("the inner sizes of %s differ" % _both(inputs))
	var product: Array[ONNXTensor] = matmul(node, [a, b])
	if product.is_empty():
		return []
	var alpha: float = node.float_of("alpha", 1.0)
	var result: Variant = product[0].values()
	if alpha != 1.0:
		for i: int in len(result):
			result[i] *= alpha
	if inputs.size() > 2 and inputs[2] != null:
		var shape: PackedInt64Array = product[0].shape
		if ONNXBroadcast.shape_of(inputs[2].shape, shape) != shape:
			return node.fail("C of %s does not broadcast to %s" % [inputs[2].describe(), shape])
		var c: Variant = ONNXBroadcast.expand(inputs[2], shape).values()
		var beta: float = node.float_of("beta", 1.0)
		for i: int in len(result):
			result[i] += beta * c[i]
	return [ONNXTensor.of_values(result, product[0].shape, a.dtype)]


static func matmul(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var a: ONNXTensor = inputs[0]
	var b: ONNXTensor = inputs[1]
	if a.dtype != b.dtype or a.dtype == ONNXTensor.BOOL:
		return node.fail("its inputs are %s" % _both(inputs))
	if a.shape.is_empty() or b.shape.is_empty():
		return node.fail("an input is a scalar: %s" % _both(inputs))
	# A vector counts as one row (left) or one column (right), and that dimension goes afterwards.
	var a_shape: PackedInt64Array = (
		PackedInt64Array([1]) + a.shape if a.shape.size() == 1 else a.shape
	)
	var b_shape: PackedInt64Array = (
		b.shape + PackedInt64Array([1]) if b.shape.size() == 1 else b.shape
	)
	var a_outer: PackedInt64Array = a_shape.slice(0, -2)
	var b_outer: PackedInt64Array = b_shape.slice(0, -2)
	var outer: PackedInt64Array = ONNXBroadcast.shape_of(a_outer, b_outer)
	var inner: int = a_shape[-1]
	if inner != b_shape[-2] or outer == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("the sizes of %s do not fit" % _both(inputs))
	var matrix: PackedInt64Array = [a_shape[-2], b_shape[-1]]
	if ONNXTensor.count(outer + matrix) >= ONNXTensor.TOO_MANY:
		return node.fail("the product of %s is too large" % _both(inputs))
	var a_at: PackedInt64Array = _starts(a_outer, outer)
	var b_at: PackedInt64Array = _starts(b_outer, outer)
	var result: Variant = ONNXTensor.zeros(a.dtype, 0)
	for i: int in a_at.size():
		var a_from: int = a_at[i] * matrix[0] * inner
		var b_from: int = b_at[i] * matrix[1] * inner
		if a.is_float():
			result.append_array(_product(a.floats, a_from, b.floats, b_from, matrix, inner))
		else:
			result.append_array(_any_product(a, a_from, b, b_from, matrix, inner))
	if a.shape.size() > 1:
		outer.append(matrix[0])
	if b.shape.size() > 1:
		outer.append(matrix[1])
	var product: ONNXTensor = ONNXTensor.of_values(result, outer, a.dtype)
	ONNXCastOperators.keep_in_range(product.ints, a.dtype)
	return [product]


## For each matrix of the broadcast stack, which matrix of one operand's own stack it is.
static func _starts(own: PackedInt64Array, outer: PackedInt64Array) -> PackedInt64Array:
	var numbers: PackedInt64Array = PackedInt64Array(range(ONNXTensor.count(own)))
	return ONNXBroadcast.expand(ONNXTensor.of_ints(numbers, own), outer).ints


static func _product(
	a: PackedFloat32Array,
	a_from: int,
	b: PackedFloat32Array,
	b_from: int,
	shape: PackedInt64Array,
	inner: int
) -> PackedFloat32Array:
	var columns: int = shape[1]
	var result: PackedFloat32Array = []
	result.resize(shape[0] * columns)
	for row: int in shape[0]:
		for column: int in columns:
			var sum: float = 0.0
			for k: int in inner:
				sum += a[a_from + row * inner + k] * b[b_from + k * columns + column]
			result[row * columns + column] = sum
	return result


## The same for the types that policies hardly use.
static func _any_product(
	a: ONNXTensor, a_from: int, b: ONNXTensor, b_from: int, shape: PackedInt64Array, inner: int
) -> Variant:
	var columns: int = shape[1]
	var left: Variant = a.values()
	var right: Variant = b.values()
	var result: Variant = ONNXTensor.zeros(a.dtype, shape[0] * columns)
	for row: int in shape[0]:
		for column: int in columns:
			var sum: Variant = 0.0 if a.is_real() else 0
			for k: int in inner:
				sum += left[a_from + row * inner + k] * right[b_from + k * columns + column]
			result[row * columns + column] = sum
	return result


static func _transposed(matrix: ONNXTensor) -> ONNXTensor:
	var sources: PackedInt64Array = ONNXIndexing.permuted(matrix.shape, [1, 0])
	return matrix.take(sources, [matrix.shape[1], matrix.shape[0]])


static func _both(inputs: Array[ONNXTensor]) -> String:
	return "%s and %s" % [inputs[0].describe(), inputs[1].describe()]
