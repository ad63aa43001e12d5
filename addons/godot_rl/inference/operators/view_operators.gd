extends RefCounted
## Operators that show the elements of a tensor in another arrangement. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const INTS: int = TYPE_PACKED_INT64_ARRAY


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var of_slice: Array = [
		ONNXOperatorSpec.attribute("axes", INTS).until(9),
		ONNXOperatorSpec.attribute("starts", INTS).until(9).required(),
		ONNXOperatorSpec.attribute("ends", INTS).until(9).required(),
	]
	var of_split: Array = [
		ONNXOperatorSpec.attribute("axis", TYPE_INT),
		ONNXOperatorSpec.attribute("split", INTS).until(12),
		ONNXOperatorSpec.attribute("num_outputs", TYPE_INT).since(18),
	]
	var of_trilu: Array = [ONNXOperatorSpec.attribute("upper", TYPE_INT)]
	return {
		"Transpose": ONNXOperatorSpec.new(transpose, 1, [ONNXOperatorSpec.attribute("perm", INTS)]),
		"Slice": ONNXOperatorSpec.new(slice, 1, of_slice),
		"Split": ONNXOperatorSpec.new(split, 1, of_split),
		"Tile": ONNXOperatorSpec.new(tile, 2),
		"Trilu": ONNXOperatorSpec.new(trilu, 1, of_trilu),
	}


static func transpose(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape
	var permutation: PackedInt64Array = node.ints_of("perm")
	if not node.attributes.has("perm"):
		permutation = PackedInt64Array(range(shape.size()))
		permutation.reverse()
	var sorted: PackedInt64Array = permutation.duplicate()
	sorted.sort()
	if sorted != PackedInt64Array(range(shape.size())):
		return node.fail("perm %s of %s" % [permutation, inputs[0].describe()])
	var sources: PackedInt64Array = ONNXIndexing.permuted(shape, permutation)
	return [inputs[0].take(sources, ONNXIndexing.lengths(shape, permutation))]


## Bounds are attributes before opset 10, inputs since.
static func slice(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape
	var given: Array[PackedInt64Array] = []
	for i: int in 4:
		var attribute: String = ["starts", "ends", "axes", "steps"][i]
		var input: ONNXTensor = inputs[i + 1] if i + 1 < inputs.size() else null
		given.append(node.ints_of(attribute) if input == null else input.ints)
	var count: int = given[0].size()
	if given[2].is_empty():
		given[2] = PackedInt64Array(range(count))
	if given[3].is_empty():
		given[3].resize(count)
		given[3].fill(1)
	var axes: Variant = ONNXIndexing.axes_of(given[2], shape.size())
	var same: bool = given[1].size() == count and given[2].size() == count
	if axes == null or not same or given[3].size() != count or given[3].has(0):
		return node.fail(
			(
				"starts %s, ends %s, axes %s, steps %s of %s"
				% [given[0], given[1], given[2], given[3], inputs[0].describe()]
			)
		)
	var stride: PackedInt64Array = ONNXIndexing.strides(shape)
	var offsets: Array[PackedInt64Array] = []
	var lengths: PackedInt64Array = []
	for axis: int in shape.size():
		var at: int = PackedInt64Array(axes).find(axis)
		var shown: PackedInt64Array = PackedInt64Array(range(shape[axis]))
		if at >= 0:
			shown = _range_of(given[0][at], given[1][at], given[3][at], shape[axis])
		for i: int in shown.size():
			shown[i] *= stride[axis]
		offsets.append(shown)
		lengths.append(shown.size())
	return [inputs[0].take(ONNXIndexing.sums(offsets), lengths)]


## The positions that start, end and step select of [param length], as in Python.
static func _range_of(start: int, end: int, step: int, length: int) -> PackedInt64Array:
	var low: int = 0 if step > 0 else -1
	var high: int = length if step > 0 else length - 1
	# Lengths stay far below these bounds, and numbers beyond them would overflow.
	var jump: int = clampi(step, -ONNXTensor.TOO_MANY, ONNXTensor.TOO_MANY)
	var from: int = clampi(start + length if start < 0 else start, low, high)
	var to: int = clampi(end + length if end < 0 else end, low, high)
	return PackedInt64Array(range(from, to, jump))


static func split(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", 0), shape.size())
	if axis == ONNXIndexing.NO_AXIS:
		return node.fail("axis %d of %s" % [node.int_of("axis", 0), inputs[0].describe()])
	var parts: int = node.outputs.size()
	if node.int_of("num_outputs", parts) != parts:
		return node.fail("num_outputs is %d, not %d" % [node.int_of("num_outputs", 0), parts])
	var lengths: PackedInt64Array = node.ints_of("split")
	if inputs.size() > 1 and inputs[1] != null:
		lengths = inputs[1].ints
	if lengths.is_empty():
		# Equal ones; since opset 18 the last may be shorter.
		var each: int = ceili(shape[axis] / float(parts))
		for part: int in parts:
			lengths.append(clampi(shape[axis] - part * each, 0, each))
	var sum: int = 0
	for length: int in lengths:
		sum += length
		if length < 0 or sum > shape[axis]:
			sum = -1
			break
	if sum != shape[axis] or lengths.size() != parts:
		return node.fail("%s does not split into %s" % [inputs[0].describe(), lengths])
	var stride: PackedInt64Array = ONNXIndexing.strides(shape)
	var results: Array[ONNXTensor] = []
	var from: int = 0
	for length: int in lengths:
		var part_shape: PackedInt64Array = shape.duplicate()
		part_shape[axis] = length
		var offsets: Array[PackedInt64Array] = []
		for i: int in shape.size():
			offsets.append(ONNXIndexing.steps(part_shape[i], stride[i]))
		offsets[axis] = ONNXIndexing.steps(length, stride[axis], from * stride[axis])
		results.append(inputs[0].take(ONNXIndexing.sums(offsets), part_shape))
		from += length
	return results


static func tile(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape.duplicate()
	var repeats: PackedInt64Array = inputs[1].ints
	var stride: PackedInt64Array = ONNXIndexing.strides(shape)
	for axis: int in shape.size():
		var times: int = repeats[axis] if axis < repeats.size() else -1
		var too_many: bool = times > 0 and shape[axis] > ONNXTensor.TOO_MANY / float(times)
		shape[axis] = -1 if times < 0 or too_many else shape[axis] * times
	if repeats.size() != shape.size() or shape.has(-1):
		return node.fail("%s does not repeat %s times" % [inputs[0].describe(), repeats])
	if ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail("the shape %s is too large" % shape)
	var offsets: Array[PackedInt64Array] = []
	for axis: int in shape.size():
		var once: PackedInt64Array = ONNXIndexing.steps(inputs[0].shape[axis], stride[axis])
		var along: PackedInt64Array = []
		for time: int in repeats[axis]:
			along.append_array(once)
		offsets.append(along)
	return [inputs[0].take(ONNXIndexing.sums(offsets), shape)]


## The upper or lower triangle of each matrix; zeros elsewhere.
static func trilu(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape
	if shape.size() < 2 or (inputs.size() > 1 and inputs[1] != null and inputs[1].ints.size() != 1):
		return node.fail("it wants matrices and one k, got %s" % inputs[0].describe())
	var upper: bool = node.int_of("upper", 1) != 0
	var k: int = inputs[1].ints[0] if inputs.size() > 1 and inputs[1] != null else 0
	var result: Variant = inputs[0].values().duplicate()
	var columns: int = shape[-1]
	for i: int in len(result):
		@warning_ignore("integer_division")
		var row: int = i / columns % shape[-2]
		var kept: bool = i % columns - row >= k if upper else i % columns - row <= k
		if not kept:
			result[i] = 0
	return [ONNXTensor.of_values(result, shape, inputs[0].dtype)]
