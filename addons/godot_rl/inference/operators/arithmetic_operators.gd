extends RefCounted
## Arithmetic of two or more tensors, with ONNX's broadcasting, and Clip. See ONNXOperators.

const ONNXBroadcast := preload("res://addons/godot_rl/inference/operators/broadcast.gd")
const ONNXCastOperators := preload("res://addons/godot_rl/inference/operators/cast_operators.gd")
const ONNXLoops := preload("res://addons/godot_rl/inference/operators/loops.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Operator -> expression of an element of each operand, for ONNXLoops.
const OF_FLOATS: Dictionary[String, String] = {
	"Add": "v + w",
	"Sub": "v - w",
	"Mul": "v * w",
	"Div": "v / w",
	"Min": "v if v < w or is_nan(v) else w",
	"Max": "v if v > w or is_nan(v) else w",
	"Mod": "ONNXSpecialFunctions.modulo(v, w)",
	"PRelu": "v if not v < 0.0 else w * v",
}
const OF_INTEGERS: Dictionary[String, String] = {
	"Add": "v + w",
	"Sub": "v - w",
	"Mul": "v * w",
	# The smallest integer divided by -1 would stop the process.
	"Div": "-v if w == -1 else v / w",
	"Min": "mini(v, w)",
	"Max": "maxi(v, w)",
	# The sign of the divisor, as in Python; with fmod=1 that of the dividend, as in C.
	"Mod": "0 if w == -1 else (v % w + w) % w",
	"PRelu": "v if v >= 0 else w * v",
}
const C_MOD_OF_FLOATS: String = "fmod(v, w)"
const C_MOD: String = "0 if w == -1 else v % w"


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var until_10: Array = []
	for bound: String in ["min", "max"]:
		until_10.append(ONNXOperatorSpec.attribute(bound, TYPE_FLOAT).until(10))
	return {
		"Add": ONNXOperatorSpec.new(arithmetic, 2),
		"Sub": ONNXOperatorSpec.new(arithmetic, 2),
		"Mul": ONNXOperatorSpec.new(arithmetic, 2),
		"Div": ONNXOperatorSpec.new(arithmetic, 2),
		"Mod": ONNXOperatorSpec.new(mod, 2, [ONNXOperatorSpec.attribute("fmod", TYPE_INT)]),
		"PRelu": ONNXOperatorSpec.new(arithmetic, 2),
		"Pow": ONNXOperatorSpec.new(power, 2),
		"Min": ONNXOperatorSpec.new(fold.bind("Min"), 1),
		"Max": ONNXOperatorSpec.new(fold.bind("Max"), 1),
		"Sum": ONNXOperatorSpec.new(fold.bind("Add"), 1),
		"Mean": ONNXOperatorSpec.new(mean, 1),
		"Clip": ONNXOperatorSpec.new(clip, 1, until_10),
	}


static func arithmetic(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return compute(node, inputs[0], inputs[1], node.op_type)


## One of the operations on two tensors of one type.
static func compute(
	node: ONNXNode, a: ONNXTensor, b: ONNXTensor, operation: String
) -> Array[ONNXTensor]:
	if a.dtype != b.dtype:
		return node.fail("its inputs are %s and %s" % [a.describe(), b.describe()])
	if a.dtype == ONNXTensor.BOOL:
		return node.fail("its inputs are booleans")
	if a.is_real():
		return _computed(node, a, b, OF_FLOATS[operation])
	if operation in ["Div", "Mod"] and b.ints.has(0):
		return node.fail_by_value("an integer is divided by zero")
	var result: Array[ONNXTensor] = _computed(node, a, b, OF_INTEGERS[operation])
	for tensor: ONNXTensor in result:
		ONNXCastOperators.keep_in_range(tensor.ints, tensor.dtype)
	return result


static func mod(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if node.int_of("fmod", 0) == 0 or inputs[0].dtype != inputs[1].dtype:
		return compute(node, inputs[0], inputs[1], "Mod")
	if inputs[0].is_real():
		return _computed(node, inputs[0], inputs[1], C_MOD_OF_FLOATS)
	if inputs[1].ints.has(0):
		return node.fail_by_value("an integer is divided by zero")
	return _computed(node, inputs[0], inputs[1], C_MOD)


## The exponent may be of another type; the result has the base's.
static func power(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if inputs[0].is_real():
		return _computed(node, inputs[0], inputs[1], "pow(v, w)")
	var result: Array[ONNXTensor] = _computed(node, inputs[0], inputs[1], "int(pow(v, w))")
	for tensor: ONNXTensor in result:
		ONNXCastOperators.keep_in_range(tensor.ints, tensor.dtype)
	return result


## Min, Max and Sum, of any number of inputs.
static func fold(node: ONNXNode, inputs: Array[ONNXTensor], operation: String) -> Array[ONNXTensor]:
	if inputs.has(null):
		return node.fail("an input is left out")
	var result: Array[ONNXTensor] = [inputs[0]]
	for i: int in range(1, inputs.size()):
		result = compute(node, result[0], inputs[i], operation)
		if result.is_empty():
			break
	return result


static func mean(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var sum: Array[ONNXTensor] = fold(node, inputs, "Add")
	if sum.is_empty() or not sum[0].is_real():
		return sum if sum.is_empty() else node.fail("its inputs are not of floats")
	var count: Variant = ONNXTensor.zeros(sum[0].dtype, 1)
	count[0] = float(inputs.size())
	return compute(node, sum[0], ONNXTensor.of_values(count, [], sum[0].dtype), "Div")


## Bounds are attributes before opset 11, optional scalar inputs since.
static func clip(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var result: Array[ONNXTensor] = [inputs[0]]
	for bound: String in ["min", "max"]:
		var index: int = 1 if bound == "min" else 2
		var limit: ONNXTensor = inputs[index] if index < inputs.size() else null
		if node.attributes.has(bound):
			limit = ONNXTensor.of_floats([node.float_of(bound, 0.0)])
			if inputs[0].dtype == ONNXTensor.DOUBLE:
				limit = ONNXCastOperators.converted(limit, ONNXTensor.DOUBLE)
		if limit == null:
			continue
		if limit.size() != 1:
			return node.fail("a bound is %s, not one number" % limit.describe())
		result = compute(node, result[0], limit.reshaped([]), "Max" if bound == "min" else "Min")
		if result.is_empty():
			break
	return result


static func _computed(
	node: ONNXNode, a: ONNXTensor, b: ONNXTensor, expression: String
) -> Array[ONNXTensor]:
	return on_pairs(node, a, b, expression, a.dtype)


## An expression of each pair of elements, as a tensor of type [param dtype].
static func on_pairs(
	node: ONNXNode, a: ONNXTensor, b: ONNXTensor, expression: String, dtype: int
) -> Array[ONNXTensor]:
	var shape: PackedInt64Array = ONNXBroadcast.shape_of(a.shape, b.shape)
	if shape == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("%s and %s do not broadcast" % [a.describe(), b.describe()])
	var left: ONNXTensor = ONNXBroadcast.operand(a, shape)
	var right: ONNXTensor = ONNXBroadcast.operand(b, shape)
	var result: Variant = ONNXTensor.zeros(dtype, ONNXTensor.count(shape))
	ONNXLoops.binary(expression, left.values(), right.values(), result)
	return [ONNXTensor.of_values(result, shape, dtype)]
