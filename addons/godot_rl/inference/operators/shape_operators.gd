class_name ONNXShapeOperators
extends RefCounted
## Operators that make, move or re-label values without computing on them. See ONNXOperators.


## ONNX name -> [function, number of inputs it cannot do without].
static func table() -> Dictionary[String, Array]:
	return {
		"Identity": [identity, 1],
		"Constant": [constant, 0],
		"ConstantOfShape": [constant_of_shape, 1],
		"Expand": [expand, 2],
		"Concat": [concat, 1],
		"Flatten": [flatten, 1],
		"Reshape": [reshape, 2],
		"Shape": [shape_of, 1],
		"Squeeze": [squeeze, 1],
		"Unsqueeze": [unsqueeze, 1],
	}


static func identity(_node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return [inputs[0]]


static func constant(node: ONNXNode, _inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	for attribute: String in node.attributes:
		var value: Variant = node.attributes[attribute]
		match attribute:
			"value" when value is ONNXTensor:
				return [value]
			"value_float":
				return [ONNXTensor.of_floats([node.float_of(attribute, 0.0)], [])]
			"value_int":
				return [ONNXTensor.of_ints([node.int_of(attribute, 0)], [])]
			"value_floats" when value is PackedFloat32Array:
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


static func expand(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = ONNXBroadcast.shape_of(inputs[0].shape, inputs[1].ints)
	if shape == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("%s does not expand to %s" % [inputs[0].describe(), inputs[1].ints])
	return _expanded(node, inputs[0], shape)


static func concat(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if inputs.has(null):
		return node.fail("an input is left out")
	var shape: PackedInt64Array = inputs[0].shape.duplicate()
	var axis: int = _axis(node.int_of("axis", 0), shape.size())
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
	var result: ONNXTensor = ONNXTensor.new()
	result.dtype = inputs[0].dtype
	result.shape = shape
	for outer: int in ONNXTensor.count(shape.slice(0, axis)):
		for input: ONNXTensor in inputs:
			var run: int = ONNXTensor.count(input.shape.slice(axis))
			if input.is_float():
				result.floats.append_array(input.floats.slice(outer * run, (outer + 1) * run))
			else:
				result.ints.append_array(input.ints.slice(outer * run, (outer + 1) * run))
	return [result]


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


static func squeeze(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var axes: PackedInt64Array = _axes(node, inputs)
	var rank: int = inputs[0].shape.size()
	var shape: PackedInt64Array = []
	var wanted: PackedInt64Array = []
	for axis: int in axes:
		wanted.append(_axis(axis, rank))
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
		var axis: int = _axis(given, rank)
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


## The axis counted from the front, or -1 if there is none such.
static func _axis(axis: int, rank: int) -> int:
	if axis < -rank or axis >= rank:
		return -1
	return axis + rank if axis < 0 else axis


static func _is_negative(length: int) -> bool:
	return length < 0


static func _expanded(
	node: ONNXNode, tensor: ONNXTensor, shape: PackedInt64Array
) -> Array[ONNXTensor]:
	if Array(shape).any(_is_negative) or ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail("the shape %s is impossible" % shape)
	return [ONNXBroadcast.expand(tensor, shape)]
