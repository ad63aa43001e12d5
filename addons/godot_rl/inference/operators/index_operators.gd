extends RefCounted
## Operators that pick elements by index, or find indices by value. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXCastOperators := preload("res://addons/godot_rl/inference/operators/cast_operators.gd")
const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var axis: Array = [ONNXOperatorSpec.attribute("axis", TYPE_INT)]
	var batch_dims: Array = [ONNXOperatorSpec.attribute("batch_dims", TYPE_INT).since(12)]
	var of_top_k: Array = [
		ONNXOperatorSpec.attribute("largest", TYPE_INT).since(11),
		ONNXOperatorSpec.attribute("sorted", TYPE_INT).since(11),
		ONNXOperatorSpec.attribute("k", TYPE_INT).until(9).required(),
	]
	var of_cum_sum: Array = [
		ONNXOperatorSpec.attribute("exclusive", TYPE_INT),
		ONNXOperatorSpec.attribute("reverse", TYPE_INT),
	]
	return {
		"Gather": ONNXOperatorSpec.new(gather, 2, axis),
		"GatherElements": ONNXOperatorSpec.new(gather_elements, 2, axis),
		"GatherND": ONNXOperatorSpec.new(gather_nd, 2, batch_dims),
		"OneHot": ONNXOperatorSpec.new(one_hot, 3, axis),
		"TopK": ONNXOperatorSpec.new(top_k, 1, axis + of_top_k),
		"CumSum": ONNXOperatorSpec.new(cum_sum, 2, of_cum_sum),
		"NonZero": ONNXOperatorSpec.new(non_zero, 1),
	}


static func gather(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var data: ONNXTensor = inputs[0]
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", 0), data.shape.size())
	if axis == ONNXIndexing.NO_AXIS or inputs[1].is_real():
		return node.fail("axis %d of %s" % [node.int_of("axis", 0), data.describe()])
	var found: Variant = _inside(inputs[1].ints, data.shape[axis])
	if found == null:
		return node.fail_by_value("an index is outside of axis %d of %s" % [axis, data.describe()])
	var stride: PackedInt64Array = ONNXIndexing.strides(data.shape)
	var offsets: Array[PackedInt64Array] = []
	for i: int in data.shape.size():
		offsets.append(ONNXIndexing.steps(data.shape[i], stride[i]))
	var picked: PackedInt64Array = found
	for i: int in picked.size():
		picked[i] *= stride[axis]
	offsets[axis] = picked
	var shape: PackedInt64Array = (
		data.shape.slice(0, axis) + inputs[1].shape + data.shape.slice(axis + 1)
	)
	if ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail("the shape %s is too large" % shape)
	return [data.take(ONNXIndexing.sums(offsets), shape)]


static func gather_elements(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var data: ONNXTensor = inputs[0]
	var shape: PackedInt64Array = inputs[1].shape
	var rank: int = data.shape.size()
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", 0), rank)
	var fits: bool = axis != ONNXIndexing.NO_AXIS and shape.size() == rank
	for i: int in rank if fits else 0:
		fits = fits and (i == axis or shape[i] <= data.shape[i])
	var found: Variant = _inside(inputs[1].ints, data.shape[axis]) if fits else null
	if found == null:
		return node.fail(
			"indices %s on axis %d of %s" % [inputs[1].describe(), axis, data.describe()]
		)
	var stride: PackedInt64Array = ONNXIndexing.strides(data.shape)
	var offsets: Array[PackedInt64Array] = []
	for i: int in rank:
		offsets.append(ONNXIndexing.steps(shape[i], 0 if i == axis else stride[i]))
	var sources: PackedInt64Array = ONNXIndexing.sums(offsets)
	var picked: PackedInt64Array = found
	for i: int in sources.size():
		sources[i] += picked[i] * stride[axis]
	return [data.take(sources, shape)]


## The last axis of the indices holds positions in the data, after the batch axes of both.
static func gather_nd(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var data: ONNXTensor = inputs[0]
	var indices: ONNXTensor = inputs[1]
	var batch: int = node.int_of("batch_dims", 0)
	var depth: int = indices.shape[-1] if not indices.shape.is_empty() else -1
	var fits: bool = (
		depth >= 0 and batch >= 0 and batch < mini(indices.shape.size(), data.shape.size() + 1)
	)
	if (
		not fits
		or batch + depth > data.shape.size()
		or data.shape.slice(0, batch) != indices.shape.slice(0, batch)
	):
		return node.fail("%s does not index %s" % [indices.describe(), data.describe()])
	var stride: PackedInt64Array = ONNXIndexing.strides(data.shape)
	var rows: int = ONNXTensor.count(indices.shape.slice(0, -1))
	var batches: int = ONNXTensor.count(data.shape.slice(0, batch))
	var run: int = ONNXTensor.count(data.shape.slice(batch + depth))
	var shape: PackedInt64Array = indices.shape.slice(0, -1) + data.shape.slice(batch + depth)
	if ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail("the shape %s is too large" % shape)
	var sources: PackedInt64Array = []
	for row: int in rows:
		@warning_ignore("integer_division")
		var from: int = row / (rows / batches) * ONNXTensor.count(data.shape.slice(batch))
		for i: int in depth:
			var length: int = data.shape[batch + i]
			var index: int = indices.ints[row * depth + i]
			if index < -length or index >= length:
				return node.fail_by_value("an index is outside of %s" % data.describe())
			from += (index + length if index < 0 else index) * stride[batch + i]
		sources.append_array(ONNXIndexing.steps(run, 1, from))
	return [data.take(sources, shape)]


static func one_hot(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var rank: int = inputs[0].shape.size() + 1
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", -1), rank)
	if axis == ONNXIndexing.NO_AXIS or inputs[1].size() != 1 or inputs[2].size() != 2:
		return node.fail(
			"depth is %s, values are %s" % [inputs[1].describe(), inputs[2].describe()]
		)
	var indices: ONNXTensor = ONNXCastOperators.converted(inputs[0], ONNXTensor.INT64)
	var depth: int = int(inputs[1].values()[0])
	var before: PackedInt64Array = indices.shape.slice(0, axis)
	var after: PackedInt64Array = indices.shape.slice(axis)
	var shape: PackedInt64Array = before + PackedInt64Array([depth]) + after
	if depth < 1 or depth > ONNXTensor.TOO_MANY or ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail_by_value("a depth of %d" % depth)
	var off: Variant = inputs[2].values()[0]
	var result: Variant = ONNXTensor.zeros(inputs[2].dtype, ONNXTensor.count(shape))
	result.fill(off)
	var run: int = ONNXTensor.count(after)
	for i: int in indices.size():
		var index: int = indices.ints[i]
		if index >= -depth and index < depth:
			@warning_ignore("integer_division")
			var row: int = i / run * depth + (index + depth if index < 0 else index)
			result[row * run + i % run] = inputs[2].values()[1]
	return [ONNXTensor.of_values(result, shape, inputs[2].dtype)]


## The k largest (or smallest) elements along an axis and their positions; of equal ones the first.
static func top_k(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", -1), input.shape.size())
	# An attribute before opset 10, an input since.
	var k: int = node.int_of("k", -1)
	if inputs.size() > 1 and inputs[1] != null:
		k = inputs[1].ints[0] if inputs[1].ints.size() == 1 else -1
	if axis == ONNXIndexing.NO_AXIS or k < 0 or k > input.shape[axis]:
		return node.fail("%d of axis %d of %s" % [k, node.int_of("axis", -1), input.describe()])
	var largest: bool = node.int_of("largest", 1) != 0
	var rows: ONNXTensor = ONNXIndexing.with_last(input, [axis])
	var values: Variant = rows.values()
	var length: int = input.shape[axis]
	var sources: PackedInt64Array = []
	var positions: PackedInt64Array = []
	for from: int in range(0, input.size(), maxi(1, length)):
		var order: Array = range(length)
		order.sort_custom(
			func(i: int, j: int) -> bool:
				if values[from + i] == values[from + j]:
					return i < j
				return (values[from + i] > values[from + j]) == largest
		)
		for i: int in order.slice(0, k):
			sources.append(from + i)
			positions.append(i)
	var shape: PackedInt64Array = rows.shape.duplicate()
	shape[-1] = k
	return [
		ONNXIndexing.with_back(rows.take(sources, shape), [axis]),
		ONNXIndexing.with_back(ONNXTensor.of_ints(positions, shape), [axis]),
	]


static func cum_sum(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	var given: int = inputs[1].ints[0] if inputs[1].ints.size() == 1 else input.shape.size()
	var axis: int = ONNXIndexing.axis_of(given, input.shape.size())
	if axis == ONNXIndexing.NO_AXIS:
		return node.fail("axis %d of %s" % [given, input.describe()])
	var rows: ONNXTensor = ONNXIndexing.with_last(input, [axis])
	var values: Variant = rows.values()
	var result: Variant = values.duplicate()
	var length: int = input.shape[axis]
	var exclusive: bool = node.int_of("exclusive", 0) != 0
	var reverse: bool = node.int_of("reverse", 0) != 0
	for from: int in range(0, input.size(), maxi(1, length)):
		var sum: Variant = 0.0 if input.is_real() else 0
		for i: int in length:
			var at: int = from + (length - 1 - i if reverse else i)
			result[at] = sum if exclusive else sum + values[at]
			sum += values[at]
	var tensor: ONNXTensor = ONNXTensor.of_values(result, rows.shape, input.dtype)
	ONNXCastOperators.keep_in_range(tensor.ints, tensor.dtype)
	return [ONNXIndexing.with_back(tensor, [axis])]


static func non_zero(_node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var values: Variant = inputs[0].values()
	var found: PackedInt64Array = []
	for i: int in len(values):
		if values[i] != 0:
			found.append(i)
	var stride: PackedInt64Array = ONNXIndexing.strides(inputs[0].shape)
	var result: PackedInt64Array = []
	for axis: int in stride.size():
		for i: int in found:
			@warning_ignore("integer_division")
			result.append(i / stride[axis] % inputs[0].shape[axis])
	return [ONNXTensor.of_ints(result, [stride.size(), found.size()])]


## Indices counted from the front; null when one is outside.
static func _inside(indices: PackedInt64Array, length: int) -> Variant:
	var found: PackedInt64Array = indices.duplicate()
	for i: int in found.size():
		if found[i] < 0:
			found[i] += length
		if found[i] < 0 or found[i] >= length:
			return null
	return found
