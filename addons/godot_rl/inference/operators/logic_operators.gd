extends RefCounted
## Comparisons, boolean operators and the choice by a condition. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXArithmeticOperators := preload(
	"res://addons/godot_rl/inference/operators/arithmetic_operators.gd"
)
const ONNXBroadcast := preload("res://addons/godot_rl/inference/operators/broadcast.gd")
const ONNXLoops := preload("res://addons/godot_rl/inference/operators/loops.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Operator -> expression of an element of each operand, for ONNXLoops.
const COMPARISONS: Dictionary[String, String] = {
	"Equal": "int(v == w)",
	"Greater": "int(v > w)",
	"GreaterOrEqual": "int(v >= w)",
	"Less": "int(v < w)",
	"LessOrEqual": "int(v <= w)",
}
const OF_BOOLEANS: Dictionary[String, String] = {"And": "v & w", "Or": "v | w", "Xor": "v ^ w"}


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var of_is_inf: Array = [
		ONNXOperatorSpec.attribute("detect_negative", TYPE_INT),
		ONNXOperatorSpec.attribute("detect_positive", TYPE_INT),
	]
	var specs: Dictionary[String, ONNXOperatorSpec] = {
		"Not": ONNXOperatorSpec.new(negation, 1),
		"IsNaN": ONNXOperatorSpec.new(is_not_a_number, 1),
		"IsInf": ONNXOperatorSpec.new(is_infinite, 1, of_is_inf),
		"Where": ONNXOperatorSpec.new(where, 3),
	}
	for name: String in COMPARISONS:
		specs[name] = ONNXOperatorSpec.new(compare, 2)
	for name: String in OF_BOOLEANS:
		specs[name] = ONNXOperatorSpec.new(logic, 2)
	return specs


static func compare(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if inputs[0].dtype != inputs[1].dtype:
		return node.fail("its inputs are %s and %s" % [inputs[0].describe(), inputs[1].describe()])
	var expression: String = COMPARISONS[node.op_type]
	return ONNXArithmeticOperators.on_pairs(node, inputs[0], inputs[1], expression, ONNXTensor.BOOL)


static func logic(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	for input: ONNXTensor in inputs:
		if input == null or input.dtype != ONNXTensor.BOOL:
			return node.fail("an input is not of booleans")
	var expression: String = OF_BOOLEANS[node.op_type]
	return ONNXArithmeticOperators.on_pairs(node, inputs[0], inputs[1], expression, ONNXTensor.BOOL)


static func negation(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if inputs[0].dtype != ONNXTensor.BOOL:
		return node.fail("its input is %s, not of booleans" % inputs[0].describe())
	return _flags(inputs[0], "1 - v")


static func is_not_a_number(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if not inputs[0].is_real():
		return node.fail("its input is %s, not of floats" % inputs[0].describe())
	return _flags(inputs[0], "int(is_nan(v))")


static func is_infinite(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if not inputs[0].is_real():
		return node.fail("its input is %s, not of floats" % inputs[0].describe())
	var negative: float = node.int_of("detect_negative", 1)
	var positive: float = node.int_of("detect_positive", 1)
	var expression: String = "int((v == -INF and a != 0.0) or (v == INF and b != 0.0))"
	return _flags(inputs[0], expression, negative, positive)


static func where(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var condition: ONNXTensor = inputs[0]
	if condition.dtype != ONNXTensor.BOOL or inputs[1].dtype != inputs[2].dtype:
		return node.fail(
			(
				"its inputs are %s, %s and %s"
				% [condition.describe(), inputs[1].describe(), inputs[2].describe()]
			)
		)
	var shape: PackedInt64Array = ONNXBroadcast.shape_of(inputs[1].shape, inputs[2].shape)
	if shape != ONNXBroadcast.IMPOSSIBLE:
		shape = ONNXBroadcast.shape_of(condition.shape, shape)
	if shape == ONNXBroadcast.IMPOSSIBLE:
		return node.fail("its inputs do not broadcast")
	var chosen: PackedInt64Array = ONNXBroadcast.expand(condition, shape).ints
	var yes: Variant = ONNXBroadcast.expand(inputs[1], shape).values()
	var result: Variant = ONNXBroadcast.expand(inputs[2], shape).values().duplicate()
	for i: int in chosen.size():
		if chosen[i] != 0:
			result[i] = yes[i]
	return [ONNXTensor.of_values(result, shape, inputs[1].dtype)]


static func _flags(
	input: ONNXTensor, expression: String, a: float = 0.0, b: float = 0.0
) -> Array[ONNXTensor]:
	var result: PackedInt64Array = []
	result.resize(input.size())
	ONNXLoops.unary(expression, input.values(), result, a, b)
	return [ONNXTensor.of_ints(result, input.shape, ONNXTensor.BOOL)]
