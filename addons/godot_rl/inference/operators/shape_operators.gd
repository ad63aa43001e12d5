extends RefCounted
## Operators that make, move or re-label values without computing on them. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXBroadcast := preload("res://addons/godot_rl/inference/operators/broadcast.gd")
const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const INTS: int = TYPE_PACKED_INT64_ARRAY


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var of_dropout: Array = [
		ONNXOperatorSpec.attribute("ratio", TYPE_FLOAT).until(11),
		ONNXOperatorSpec.attribute("seed", TYPE_INT).since(12),
	]
	var of_constant: Array = [
		ONNXOperatorSpec.attribute("value", TYPE_OBJECT),
		ONNXOperatorSpec.attribute("value_float", TYPE_FLOAT).since(12),
		ONNXOperatorSpec.attribute("value_int", TYPE_INT).since(12),
		ONNXOperatorSpec.attribute("value_floats", TYPE_PACKED_FLOAT32_ARRAY).since(12),
		ONNXOperatorSpec.attribute("value_ints", INTS).since(12),
	]
	var value: Array = [ONNXOperatorSpec.attribute("value", TYPE_OBJECT)]
	var stash_type: Array = [ONNXOperatorSpec.attribute("stash_type", TYPE_INT).since(27)]
	var axis: ONNXOperatorSpec.RLAttribute = ONNXOperatorSpec.attribute("axis", TYPE_INT)
	var to_join: Array = [ONNXOperatorSpec.attribute("axis", TYPE_INT).required()]
	var allowzero: Array = [ONNXOperatorSpec.attribute("allowzero", TYPE_INT).since(14)]
	var span: Array = [
		ONNXOperatorSpec.attribute("start", TYPE_INT).since(15),
		ONNXOperatorSpec.attribute("end", TYPE_INT).since(15),
	]
	var of_squeeze: Array = [ONNXOperatorSpec.attribute("axes", INTS).until(12)]
	var of_unsqueeze: Array = [ONNXOperatorSpec.attribute("axes", INTS).until(12).required()]
	return {
		"Identity": ONNXOperatorSpec.new(identity, 1),
		"Dropout": ONNXOperatorSpec.new(dropout, 1, of_dropout),
		"Constant": ONNXOperatorSpec.new(constant, 0, of_constant),
		"ConstantOfShape": ONNXOperatorSpec.new(constant_of_shape, 1, value),
		"Range": ONNXOperatorSpec.new(range_of, 3, stash_type),
		"Expand": ONNXOperatorSpec.new(expand, 2),
		"Concat": ONNXOperatorSpec.new(concat, 1, to_join),
		"Flatten": ONNXOperatorSpec.new(flatten, 1, [axis]),
		"Reshape": ONNXOperatorSpec.new(reshape, 2, allowzero),
		"Shape": ONNXOperatorSpec.new(shape_of, 1, span),
		"Size": ONNXOperatorSpec.new(size_of, 1),
		"Squeeze": ONNXOperatorSpec.new(squeeze, 1, of_squeeze),
		"Unsqueeze": ONNXOperatorSpec.new(unsqueeze, 1, of_unsqueeze),
	}


static func identity(_node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return [inputs[0]]


## The identity, but in training: then only a ratio of 0 has one answer.
static func dropout(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var training: ONNXTensor = inputs[2] if inputs.size() > 2 else null
	if training != null and training.ints.has(1):
		var ratio: ONNXTensor = inputs[1]
		if ratio == null or ratio.size() != 1 or ratio.values()[0] != 0.0:
			return node.fail("it is in training mode; export the model for inference")
	if node.outputs.size() < 2:
		return [inputs[0]]
	var kept: PackedInt64Array = []
	kept.resize(inputs[0].size())
	kept.fill(1)
	return [inputs[0], ONNXTensor.of_ints(kept, inputs[0].shape, ONNXTensor.BOOL)]


static func constant(node: ONNXNode, _inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	for attribute: String in node.attributes:
		var value: Variant = node.attributes[attribute]
		match attribute:
			"value":
				return [value]
			"value_float":
				return [ONNXTensor.of_floats([node.float_of(attribute, 0.0)], [])]
			"value_int":
				return [ONNXTensor.of_ints([node.int_of(attribute, 0)], [])]
			"value_floats":
				return [ONNXTensor.of_floats(value)]
			"value_ints":
				return [ONNXTensor.of_ints(node.ints_of(attribute))]
	return node.fail("only tensors, floats and ints can be constants")


static func constant_of_shape(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var value: ONNXTensor = ONNXTensor.of_floats([0.0])
	if node.attributes.get("value") is ONNXTensor:
		value = node.attributes["value"]
	if value.size() != 1:
		return node.fail("its value is %s, not one element" % value.describe())
	return _expanded(node, value.reshaped([]), inputs[0].ints)


## The numbers from the first input up to the second, by the third.
static func range_of(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	for input: ONNXTensor in inputs:
		if input.size() != 1 or input.dtype != inputs[0].dtype:
			return node.fail("its inputs are not three numbers of one type")
	var start: Variant = inputs[0].values()[0]
	var step: Variant = inputs[2].values()[0]
	var count: float = ceilf((inputs[1].values()[0] - start) / float(step))
	if not count < ONNXTensor.TOO_MANY:
		return node.fail_by_value("it would give %s numbers" % count)
	var result: Variant = ONNXTensor.zeros(inputs[0].dtype, maxi(0, int(count)))
	for i: int in len(result):
		result[i] = start + i * step
	return [ONNXTensor.of_values(result, [len(result)], inputs[0].dtype)]


static func expand(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = ONNXBroadcast.shape_of(inputs[0].shape, inputs[1].ints)
	if shape == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("%s does not expand to %s" % [inputs[0].describe(), inputs[1].ints])
	return _expanded(node, inputs[0], shape)


static func concat(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if inputs.has(null):
		return node.fail("an input is left out")
	var shape: PackedInt64Array = inputs[0].shape.duplicate()
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", 0), shape.size())
	if axis < 0 or shape.is_empty():
		return node.fail("axis %d of %s" % [node.int_of("axis", 0), inputs[0].describe()])
	shape[axis] = 0
	for input: ONNXTensor in inputs:
		var expected: PackedInt64Array = shape.duplicate()
		expected[axis] = input.shape[axis] if axis < input.shape.size() else -1
		if input.shape != expected or input.dtype != inputs[0].dtype:
			return node.fail(
				"%s and %s do not join on axis %d" % [inputs[0].describe(), input.describe(), axis]
			)
		shape[axis] += input.shape[axis]
	var joined: Variant = ONNXTensor.zeros(inputs[0].dtype, 0)
	for outer: int in ONNXTensor.count(shape.slice(0, axis)):
		for input: ONNXTensor in inputs:
			var run: int = ONNXTensor.count(input.shape.slice(axis))
			joined.append_array(input.values().slice(outer * run, (outer + 1) * run))
	return [ONNXTensor.of_values(joined, shape, inputs[0].dtype)]


static func flatten(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape
	var axis: int = node.int_of("axis", 1)
	if axis < 0:
		axis += shape.size()
	if axis < 0 or axis > shape.size():
		return node.fail("axis %d of %s" % [axis, inputs[0].describe()])
	var rows: int = ONNXTensor.count(shape.slice(0, axis))
	return [inputs[0].reshaped([rows, ONNXTensor.count(shape.slice(axis))])]


static func reshape(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[1].ints.duplicate()
	var from: PackedInt64Array = inputs[0].shape
	if node.int_of("allowzero", 0) == 0:
		for axis: int in shape.size():
			if shape[axis] == 0 and axis < from.size():
				shape[axis] = from[axis]
	var free: int = shape.find(-1)
	if free >= 0:
		shape[free] = 1
		var rest: int = ONNXTensor.count(shape)
		@warning_ignore("integer_division")
		shape[free] = inputs[0].size() / rest if rest > 0 else 0
	if ONNXTensor.count(shape) != inputs[0].size() or Array(shape).any(_is_negative):
		return node.fail("%s does not reshape to %s" % [inputs[0].describe(), inputs[1].ints])
	return [inputs[0].reshaped(shape)]


static func shape_of(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = inputs[0].shape
	var from: int = node.int_of("start", 0)
	var to: int = node.int_of("end", shape.size())
	from = clampi(from + shape.size() if from < 0 else from, 0, shape.size())
	to = clampi(to + shape.size() if to < 0 else to, from, shape.size())
	return [ONNXTensor.of_ints(shape.slice(from, to))]


static func size_of(_node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return [ONNXTensor.of_ints([inputs[0].size()], [])]


static func squeeze(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var axes: PackedInt64Array = _axes(node, inputs)
	var rank: int = inputs[0].shape.size()
	var shape: PackedInt64Array = []
	var wanted: PackedInt64Array = []
	for axis: int in axes:
		wanted.append(ONNXIndexing.axis_of(axis, rank))
	for axis: int in rank:
		var length: int = inputs[0].shape[axis]
		if axis in wanted and length != 1:
			return node.fail("axis %d of %s is not 1 long" % [axis, inputs[0].describe()])
		if not (axis in wanted or (axes.is_empty() and length == 1)):
			shape.append(length)
	if wanted.has(-1):
		return node.fail("axes %s of %s" % [axes, inputs[0].describe()])
	return [inputs[0].reshaped(shape)]


static func unsqueeze(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var axes: PackedInt64Array = _axes(node, inputs)
	var rank: int = inputs[0].shape.size() + axes.size()
	var shape: PackedInt64Array = []
	shape.resize(rank)
	for given: int in axes:
		var axis: int = ONNXIndexing.axis_of(given, rank)
		if axis < 0 or shape[axis] == 1:
			return node.fail("axes %s of %s" % [axes, inputs[0].describe()])
		shape[axis] = 1
	var next: int = 0
	for axis: int in rank:
		if shape[axis] == 0:
			shape[axis] = inputs[0].shape[next]
			next += 1
	return [inputs[0].reshaped(shape)]


## An attribute before opset 13, an optional input since.
static func _axes(node: ONNXNode, inputs: Array[ONNXTensor]) -> PackedInt64Array:
	if inputs.size() > 1 and inputs[1] != null:
		return inputs[1].ints
	return node.ints_of("axes")


static func _is_negative(length: int) -> bool:
	return length < 0


static func _expanded(
	node: ONNXNode, tensor: ONNXTensor, shape: PackedInt64Array
) -> Array[ONNXTensor]:
	if Array(shape).any(_is_negative) or ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail("the shape %s is impossible" % shape)
	return [ONNXBroadcast.expand(tensor, shape)]
