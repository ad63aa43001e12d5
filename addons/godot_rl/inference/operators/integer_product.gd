extends RefCounted
## MatMulInteger: the exact product of 8-bit integers. Constant weights are laid out at load as
## float32 tiles, in parts of at most PART inputs, so that every sum is a whole number below 2^24.

const ONNXBroadcast := preload("res://addons/godot_rl/inference/operators/broadcast.gd")
const ONNXDenseLayer := preload("res://addons/godot_rl/inference/fused/dense_layer.gd")
const ONNXIntegerProduct := preload("res://addons/godot_rl/inference/operators/integer_product.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")

## 255 * 128 * 514 < 2^24; a whole number of vectors.
const PART: int = 512

## One layer for each PART of the inputs.
var _layers: Array[ONNXDenseLayer] = []
var _outputs: int = 0


## The layers of constant weights and their constant zero point; null when these are not known yet.
static func prepare(node: ONNXNode, constants: Array[ONNXTensor]) -> ONNXIntegerProduct:
	var b: ONNXTensor = constants[1]
	var zero: ONNXTensor = constants[3] if constants.size() > 3 else null
	var has_zero: bool = node.inputs.size() > 3 and not node.inputs[3].is_empty()
	if b == null or b.is_float() or b.shape.size() != 2 or b.size() == 0:
		return null
	if has_zero and (zero == null or zero.size() not in [1, b.shape[1]]):
		return null
	var product: ONNXIntegerProduct = ONNXIntegerProduct.new()
	product._outputs = b.shape[1]
	var weights: PackedFloat32Array = whole(b, zero)
	var bias: PackedFloat32Array = []
	bias.resize(product._outputs)
	for from: int in range(0, b.shape[0], PART):
		var to: int = mini(from + PART, b.shape[0])
		var rows: PackedFloat32Array = weights.slice(from * product._outputs, to * product._outputs)
		product._layers.append(ONNXDenseLayer.new(rows, bias, true))
	return product


## A matrix less its zero point (one, or one a column), as floats.
static func whole(b: ONNXTensor, zero: ONNXTensor) -> PackedFloat32Array:
	var floats: PackedFloat32Array = PackedFloat32Array(Array(b.ints))
	if zero == null:
		return floats
	for i: int in floats.size():
		floats[i] -= zero.ints[i % zero.size()]
	return floats


static func compute(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var a: ONNXTensor = inputs[0]
	var b: ONNXTensor = inputs[1]
	for tensor: ONNXTensor in [a, b]:
		if tensor.dtype not in [ONNXTensor.UINT8, ONNXTensor.INT8] or tensor.shape.is_empty():
			return node.fail("an input is %s" % tensor.describe())
	var a_shape: PackedInt64Array = a.shape
	if a_shape.size() == 1:
		a_shape = PackedInt64Array([1]) + a_shape
	var b_shape: PackedInt64Array = b.shape
	if b_shape.size() == 1:
		b_shape = b_shape + PackedInt64Array([1])
	var outer: PackedInt64Array = ONNXBroadcast.shape_of(a_shape.slice(0, -2), b_shape.slice(0, -2))
	var matrix: PackedInt64Array = [a_shape[-2], b_shape[-1]]
	if a_shape[-1] != b_shape[-2] or outer == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("the sizes of %s and %s do not fit" % [a.describe(), b.describe()])
	if ONNXTensor.count(outer + matrix) >= ONNXTensor.TOO_MANY:
		return node.fail("the product of %s and %s is too large" % [a.describe(), b.describe()])
	var a_zero: ONNXTensor = inputs[2] if inputs.size() > 2 else null
	var b_zero: ONNXTensor = inputs[3] if inputs.size() > 3 else null
	var left: PackedInt64Array = _centred(node, a.reshaped(a_shape), a_zero, a_shape.size() - 2)
	if not node.error.is_empty():
		return []
	var result: PackedInt64Array = []
	var prepared: ONNXIntegerProduct = node.prepared as ONNXIntegerProduct
	if prepared != null:
		result = prepared._product(left, a_shape[-1])
	else:
		var right: PackedInt64Array = _centred(
			node, b.reshaped(b_shape), b_zero, b_shape.size() - 1
		)
		if not node.error.is_empty():
			return []
		var inner: PackedInt64Array = [a_shape[-1]]
		var rows: PackedInt64Array = [a_shape[-2]]
		left = ONNXBroadcast.expand(ONNXTensor.of_ints(left, a_shape), outer + rows + inner).ints
		var columns: PackedInt64Array = [b_shape[-1]]
		right = (
			ONNXBroadcast.expand(ONNXTensor.of_ints(right, b_shape), outer + inner + columns).ints
		)
		result = _plain(left, right, matrix, inner[0])
	if a.shape.size() > 1:
		outer.append(matrix[0])
	if b.shape.size() > 1:
		outer.append(matrix[1])
	return [ONNXTensor.of_ints(result, outer, ONNXTensor.INT32)]


## The values less their zero point: one, or one for each place along [param axis].
static func _centred(
	node: ONNXNode, tensor: ONNXTensor, zero: ONNXTensor, axis: int
) -> PackedInt64Array:
	if zero == null:
		return tensor.ints
	var shape: PackedInt64Array = zero.shape
	if zero.size() == 1:
		shape = []
	elif shape.size() == 1:
		shape = PackedInt64Array([shape[0], 1]) if axis == tensor.shape.size() - 2 else shape
	if ONNXBroadcast.shape_of(shape, tensor.shape) != tensor.shape:
		node.fail("a zero point is %s for %s" % [zero.describe(), tensor.describe()])
		return []
	var zeros: PackedInt64Array = ONNXBroadcast.expand(zero.reshaped(shape), tensor.shape).ints
	var result: PackedInt64Array = tensor.ints.duplicate()
	for i: int in result.size():
		result[i] -= zeros[i]
	return result


func _product(left: PackedInt64Array, size: int) -> PackedInt64Array:
	@warning_ignore("integer_division")
	var rows: int = left.size() / size
	var floats: PackedFloat32Array = PackedFloat32Array(Array(left))
	var result: PackedInt64Array = []
	result.resize(rows * _outputs)
	for part: int in _layers.size() if rows > 0 else 0:
		var layer: ONNXDenseLayer = _layers[part]
		var read: PackedFloat32Array = floats
		if _layers.size() > 1:
			read = PackedFloat32Array()
			for row: int in rows:
				var from: int = row * size + part * PART
				read.append_array(floats.slice(from, from + layer.inputs))
		var vectors: PackedVector4Array = layer.apply(ONNXVectors.rows(read, layer.inputs), rows)
		var sums: PackedFloat32Array = ONNXVectors.unpadded(vectors, _outputs)
		for i: int in sums.size():
			result[i] += int(sums[i])
	return result


static func _plain(
	left: PackedInt64Array, right: PackedInt64Array, matrix: PackedInt64Array, inner: int
) -> PackedInt64Array:
	var result: PackedInt64Array = []
	var size: int = matrix[0] * inner
	@warning_ignore("integer_division")
	for stack: int in left.size() / maxi(1, size):
		for row: int in matrix[0]:
			var a_from: int = stack * size + row * inner
			for column: int in matrix[1]:
				var b_at: int = stack * inner * matrix[1] + column
				var sum: int = 0
				for a_at: int in range(a_from, a_from + inner):
					sum += left[a_at] * right[b_at]
					b_at += matrix[1]
				result.append(sum)
	return result
