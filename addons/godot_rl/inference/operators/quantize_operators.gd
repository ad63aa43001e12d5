extends RefCounted
## The operators of int8 models. Chains of them with constant weights do not come here one by one:
## ONNXPlan gives them to ONNXChains. See ONNXOperators.

const ONNXIntegerProduct := preload("res://addons/godot_rl/inference/operators/integer_product.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXQuantizer := preload("res://addons/godot_rl/inference/fused/quantizer.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")

## Lowest and highest number of the types that values are quantised to.
const RANGES: Dictionary[int, Vector2i] = {
	ONNXTensor.UINT8: Vector2i(0, 255),
	ONNXTensor.INT8: Vector2i(-128, 127),
	ONNXTensor.UINT16: Vector2i(0, 65535),
	ONNXTensor.INT16: Vector2i(-32768, 32767),
}


## Which scale and zero point each element of a tensor has.
class RLGrid:
	extends RefCounted
	## Lengths before, at and behind the axis; how many elements along it share a scale.
	var outer: int = 1
	var length: int = 1
	var inner: int = 1
	var block: int = 0
	var scales: PackedFloat32Array = []
	var zeros: PackedInt64Array = []

	## The index of the scale of an element.
	func at(before: int, along: int, behind: int) -> int:
		if scales.size() == 1:
			return 0
		if block == 0:
			return along
		@warning_ignore("integer_division")
		var blocks: int = (length + block - 1) / block
		@warning_ignore("integer_division")
		return (before * blocks + along / block) * inner + behind


## See ONNXOperators.
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var both: Array = [
		ONNXOperatorSpec.attribute("axis", TYPE_INT).since(13),
		ONNXOperatorSpec.attribute("block_size", TYPE_INT).since(21),
	]
	var of_quantize: Array = [
		ONNXOperatorSpec.attribute("output_dtype", TYPE_INT).since(21),
		ONNXOperatorSpec.attribute("precision", TYPE_INT).since(23),
		ONNXOperatorSpec.attribute("saturate", TYPE_INT).since(19),
	]
	var of_dequantize: Array = [ONNXOperatorSpec.attribute("output_dtype", TYPE_INT).since(23)]
	var product: ONNXOperatorSpec = ONNXOperatorSpec.new(matmul_integer, 2)
	return {
		"DynamicQuantizeLinear": ONNXOperatorSpec.new(dynamic_quantize, 1),
		"QuantizeLinear": ONNXOperatorSpec.new(quantize, 2, both + of_quantize).checked_by(refusal),
		"DequantizeLinear":
		ONNXOperatorSpec.new(dequantize, 2, both + of_dequantize).checked_by(refusal),
		"MatMulInteger": product.checked_by(refusal).prepared_by(ONNXIntegerProduct.prepare),
	}


## Why a node cannot be run whatever its inputs are: it asks for floats other than float32.
static func refusal(node: ONNXNode) -> String:
	var of_floats: String = "output_dtype" if node.op_type == "DequantizeLinear" else "precision"
	var type: int = node.int_of(of_floats, 0)
	if type not in [0, ONNXTensor.FLOAT]:
		return "%s is %s, not float32" % [of_floats, ONNXTensor.type_name(type)]
	return "the block size is negative" if node.int_of("block_size", 0) < 0 else ""


static func dynamic_quantize(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if not inputs[0].is_float():
		return node.fail("its input is %s, not float32" % inputs[0].describe())
	var floats: PackedFloat32Array = inputs[0].floats.duplicate()
	floats.resize((floats.size() + 3) & ~3)
	var vectors: PackedVector4Array = ONNXVectors.from_floats(floats)
	var quantizer: ONNXQuantizer = ONNXQuantizer.dynamic(vectors)
	quantizer.quantize(vectors)
	var whole: PackedFloat32Array = ONNXVectors.to_floats(vectors)
	var ints: PackedInt64Array = []
	ints.resize(inputs[0].size())
	var zero: int = int(quantizer.zero_point)
	for i: int in ints.size():
		ints[i] = int(whole[i]) + zero
	return [
		ONNXTensor.of_ints(ints, inputs[0].shape, ONNXTensor.UINT8),
		ONNXTensor.of_floats([quantizer.scale], []),
		ONNXTensor.of_ints([zero], [], ONNXTensor.UINT8),
	]


static func quantize(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var zero_point: ONNXTensor = inputs[2] if inputs.size() > 2 else null
	var type: int = node.int_of("output_dtype", 0)
	if type == 0:
		type = zero_point.dtype if zero_point != null else ONNXTensor.UINT8
	if not RANGES.has(type) or (zero_point != null and zero_point.dtype != type):
		return node.fail("it quantises to %s" % ONNXTensor.type_name(type))
	var x: ONNXTensor = inputs[0]
	if not x.is_float() and x.dtype != ONNXTensor.INT32:
		return node.fail("its input is %s" % x.describe())
	var grid: RLGrid = _grid(node, x, inputs[1], zero_point)
	if grid == null:
		return []
	var values: PackedFloat32Array = x.floats
	if not x.is_float():
		values = PackedFloat32Array(Array(x.ints))
	# Kept in float32, so that ties are ties.
	var steps: PackedFloat32Array = values.duplicate()
	var ints: PackedInt64Array = []
	ints.resize(values.size())
	var bounds: Vector2i = RANGES[type]
	var i: int = 0
	for before: int in grid.outer:
		for along: int in grid.length:
			for behind: int in grid.inner:
				var at: int = grid.at(before, along, behind)
				steps[i] = values[i] / grid.scales[at]
				ints[i] = clampi(_half_even(steps[i]) + grid.zeros[at], bounds.x, bounds.y)
				i += 1
	return [ONNXTensor.of_ints(ints, x.shape, type)]


static func dequantize(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var x: ONNXTensor = inputs[0]
	if not RANGES.has(x.dtype) and x.dtype != ONNXTensor.INT32:
		return node.fail("its input is %s" % x.describe())
	var grid: RLGrid = _grid(node, x, inputs[1], inputs[2] if inputs.size() > 2 else null)
	if grid == null:
		return []
	var floats: PackedFloat32Array = []
	floats.resize(x.size())
	var ints: PackedInt64Array = x.ints
	var zeros: PackedInt64Array = grid.zeros
	var scales: PackedFloat32Array = grid.scales
	var is_shared: bool = scales.size() == 1
	var i: int = 0
	for before: int in grid.outer:
		for along: int in grid.length:
			if grid.block > 0:
				for behind: int in grid.inner:
					var at: int = grid.at(before, along, behind)
					floats[i] = (ints[i] - zeros[at]) * scales[at]
					i += 1
				continue
			# Weights come here at load, tens of thousands: one look at the grid for a whole run.
			var place: int = 0 if is_shared else along
			var zero: int = zeros[place]
			var scale: float = scales[place]
			for behind: int in grid.inner:
				floats[i] = (ints[i] - zero) * scale
				i += 1
	var result: ONNXTensor = ONNXTensor.of_floats(floats, x.shape)
	if grid.scales.size() == 1:
		result.step = grid.scales[0]
	return [result]


static func matmul_integer(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return ONNXIntegerProduct.compute(node, inputs)


## Null, with node.error set, when scales and zero points do not fit the tensor.
static func _grid(
	node: ONNXNode, x: ONNXTensor, scale: ONNXTensor, zero_point: ONNXTensor
) -> RLGrid:
	var grid: RLGrid = RLGrid.new()
	grid.scales = scale.floats
	grid.block = node.int_of("block_size", 0)
	if not scale.is_float() or scale.size() == 0:
		node.fail("its scale is %s" % scale.describe())
		return null
	if scale.size() == 1 and grid.block == 0:
		grid.inner = x.size()
	else:
		var rank: int = x.shape.size()
		var axis: int = node.int_of("axis", 1)
		axis += rank if axis < 0 else 0
		if axis < 0 or axis >= rank:
			node.fail("axis %d of %s" % [node.int_of("axis", 1), x.describe()])
			return null
		grid.outer = ONNXTensor.count(x.shape.slice(0, axis))
		grid.length = x.shape[axis]
		grid.inner = ONNXTensor.count(x.shape.slice(axis + 1))
		var expected: PackedInt64Array = [grid.length]
		if grid.block > 0:
			expected = x.shape.duplicate()
			@warning_ignore("integer_division")
			expected[axis] = (grid.length + grid.block - 1) / grid.block
		if scale.shape != expected:
			node.fail("its scale is %s for %s" % [scale.describe(), x.describe()])
			return null
	grid.zeros.resize(scale.size())
	if zero_point != null:
		grid.zeros = zero_point.ints
	if grid.zeros.size() != scale.size():
		node.fail("its zero point is %s for %s" % [zero_point.describe(), scale.describe()])
		return null
	return grid


static func _half_even(value: float) -> int:
	var below: float = floorf(value)
	var rest: float = value - below
	var up: bool = rest > 0.5 or (rest == 0.5 and fmod(below, 2.0) != 0.0)
	return int(clampf(below + (1.0 if up else 0.0), -1e9, 1e9))
