class_name ONNXElementwiseOperators
extends RefCounted
## Operators that work on each element alone, with ONNX's broadcasting. See ONNXOperators.

enum { ADD, SUB, MUL, DIV, MIN, MAX }


## ONNX name -> [function, number of inputs it cannot do without].
static func table() -> Dictionary[String, Array]:
	return {
		"Add": [arithmetic.bind(ADD), 2],
		"Sub": [arithmetic.bind(SUB), 2],
		"Mul": [arithmetic.bind(MUL), 2],
		"Div": [arithmetic.bind(DIV), 2],
		"Min": [extreme.bind(MIN), 1],
		"Max": [extreme.bind(MAX), 1],
		"Tanh": [unary.bind(func(x: float) -> float: return tanh(x)), 1],
		"Sigmoid": [unary.bind(func(x: float) -> float: return 1.0 / (1.0 + exp(-x))), 1],
		"Relu": [unary.bind(func(x: float) -> float: return x if not x < 0.0 else 0.0), 1],
		"Exp": [unary.bind(func(x: float) -> float: return exp(x)), 1],
		"Log": [unary.bind(func(x: float) -> float: return log(x)), 1],
		"Sqrt": [unary.bind(func(x: float) -> float: return sqrt(x)), 1],
		"Neg": [unary.bind(func(x: float) -> float: return -x), 1],
		"Clip": [clip, 1],
		"Cast": [cast, 1],
	}


static func arithmetic(
	node: ONNXNode, inputs: Array[ONNXTensor], operation: int
) -> Array[ONNXTensor]:
	var a: ONNXTensor = inputs[0]
	var b: ONNXTensor = inputs[1]
	if a.dtype != b.dtype:
		return node.fail("its inputs are %s and %s" % [a.describe(), b.describe()])
	var shape: PackedInt64Array = ONNXBroadcast.shape_of(a.shape, b.shape)
	if shape == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("%s and %s do not broadcast" % [a.describe(), b.describe()])
	a = ONNXBroadcast.expand(a, shape)
	b = ONNXBroadcast.expand(b, shape)
	if a.is_float():
		return [ONNXTensor.of_floats(_floats(a.floats, b.floats, operation), shape)]
	if operation == DIV and b.ints.has(0):
		return node.fail("an integer is divided by zero")
	return [ONNXTensor.of_ints(_ints(a.ints, b.ints, operation), shape, a.dtype)]


## Min and Max, of any number of inputs.
static func extreme(node: ONNXNode, inputs: Array[ONNXTensor], operation: int) -> Array[ONNXTensor]:
	if inputs.has(null):
		return node.fail("an input is left out")
	var result: Array[ONNXTensor] = [inputs[0]]
	for i: int in range(1, inputs.size()):
		result = arithmetic(node, [result[0], inputs[i]], operation)
		if result.is_empty():
			break
	return result


static func unary(
	node: ONNXNode, inputs: Array[ONNXTensor], function: Callable
) -> Array[ONNXTensor]:
	if not inputs[0].is_float():
		return node.fail("its input is %s, not float32" % inputs[0].describe())
	var result: PackedFloat32Array = inputs[0].floats.duplicate()
	for i: int in result.size():
		result[i] = function.call(result[i])
	return [ONNXTensor.of_floats(result, inputs[0].shape)]


## Bounds are attributes before opset 11, optional scalar inputs since.
static func clip(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var result: Array[ONNXTensor] = [inputs[0]]
	for bound: String in ["min", "max"]:
		var index: int = 1 if bound == "min" else 2
		var limit: ONNXTensor = inputs[index] if index < inputs.size() else null
		if node.attributes.has(bound):
			limit = ONNXTensor.of_floats([node.float_of(bound, 0.0)])
		if limit == null:
			continue
		if limit.size() != 1:
			return node.fail("a bound is %s, not one number" % limit.describe())
		var operation: int = MAX if bound == "min" else MIN
		result = arithmetic(node, [result[0], limit.reshaped([])], operation)
		if result.is_empty():
			break
	return result


static func cast(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var to: int = node.int_of("to", 0)
	if not ONNXTensor.holds(to):
		return node.fail("it casts to the unsupported type %s" % ONNXTensor.type_name(to))
	var from: ONNXTensor = inputs[0]
	if from.dtype == to:
		return [from]
	if to == ONNXTensor.FLOAT:
		return [ONNXTensor.of_floats(PackedFloat32Array(Array(from.ints)), from.shape)]
	var result: PackedInt64Array = from.ints.duplicate()
	if from.is_float():
		result.resize(from.size())
		for i: int in result.size():
			result[i] = int(from.floats[i] != 0.0) if to == ONNXTensor.BOOL else int(from.floats[i])
	for i: int in result.size():
		result[i] = _wrapped(result[i], to)
	return [ONNXTensor.of_ints(result, from.shape, to)]


static func _floats(
	a: PackedFloat32Array, b: PackedFloat32Array, operation: int
) -> PackedFloat32Array:
	var result: PackedFloat32Array = a.duplicate()
	match operation:
		ADD:
			for i: int in result.size():
				result[i] += b[i]
		SUB:
			for i: int in result.size():
				result[i] -= b[i]
		MUL:
			for i: int in result.size():
				result[i] *= b[i]
		DIV:
			for i: int in result.size():
				result[i] /= b[i]
		MIN:
			for i: int in result.size():
				result[i] = minf(result[i], b[i])
		MAX:
			for i: int in result.size():
				result[i] = maxf(result[i], b[i])
	return result


static func _ints(a: PackedInt64Array, b: PackedInt64Array, operation: int) -> PackedInt64Array:
	var result: PackedInt64Array = a.duplicate()
	for i: int in result.size():
		match operation:
			ADD:
				result[i] += b[i]
			SUB:
				result[i] -= b[i]
			MUL:
				result[i] *= b[i]
			DIV:
				@warning_ignore("integer_division")
				result[i] /= b[i]
			MIN:
				result[i] = mini(result[i], b[i])
			MAX:
				result[i] = maxi(result[i], b[i])
	return result


static func _wrapped(value: int, type: int) -> int:
	match type:
		ONNXTensor.BOOL:
			return 1 if value != 0 else 0
		ONNXTensor.UINT8:
			return value & 0xff
		ONNXTensor.UINT16:
			return value & 0xffff
		ONNXTensor.UINT32:
			return value & 0xffffffff
		ONNXTensor.INT8:
			return ((value + 0x80) & 0xff) - 0x80
		ONNXTensor.INT16:
			return ((value + 0x8000) & 0xffff) - 0x8000
		ONNXTensor.INT32:
			return ((value + 0x80000000) & 0xffffffff) - 0x80000000
	return value
