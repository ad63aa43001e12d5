extends RefCounted
## Operators that map each element alone: functions, roundings, activations. See ONNXOperators.
##
## Each is an expression that ONNXLoops makes a loop of: of `v`, the element, and of `a` and `b`,
## the attributes that PARAMETERS names. ONNXChain takes the expressions too.

const ONNXLoops := preload("res://addons/godot_rl/inference/operators/loops.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const FUNCTIONS: Dictionary[String, String] = {
	"Abs": "absf(v)",
	"Acos": "acos(v) if absf(v) <= 1.0 else NAN",
	"Acosh": "acosh(v) if v >= 1.0 else NAN",
	"Asin": "asin(v) if absf(v) <= 1.0 else NAN",
	"Asinh": "asinh(v)",
	"Atan": "atan(v)",
	"Atanh": "atanh(v) if absf(v) <= 1.0 else NAN",
	"Ceil": "ceilf(v)",
	"Celu": "v if not v < 0.0 else a * (exp(v / a) - 1.0)",
	"Cos": "cos(v)",
	"Cosh": "cosh(v)",
	"Elu": "v if not v < 0.0 else a * (exp(v) - 1.0)",
	"Erf": "ONNXSpecialFunctions.erf(v)",
	"Exp": "exp(v)",
	"Floor": "floorf(v)",
	"Gelu": "0.5 * v * (1.0 + ONNXSpecialFunctions.erf(v * 0.7071067811865476))",
	"HardSigmoid": "clampf(a * v + b, 0.0, 1.0)",
	"HardSwish": "v * clampf(v / 6.0 + 0.5, 0.0, 1.0)",
	"LeakyRelu": "v if not v < 0.0 else a * v",
	"Log": "log(v)",
	"Mish": "v * tanh(ONNXSpecialFunctions.softplus(v))",
	"Neg": "-v",
	"Reciprocal": "1.0 / v",
	"Relu": "v if not v < 0.0 else 0.0",
	# Halves go to the even neighbour.
	"Round": "2.0 * roundf(v * 0.5) if absf(v - floorf(v)) == 0.5 else roundf(v)",
	"Selu": "b * v if not v < 0.0 else b * a * (exp(v) - 1.0)",
	"Sigmoid": "1.0 / (1.0 + exp(-v))",
	"Sign": "v if is_nan(v) else signf(v)",
	"Sin": "sin(v)",
	"Sinh": "sinh(v)",
	"Softplus": "ONNXSpecialFunctions.softplus(v)",
	"Softsign": "v / (1.0 + absf(v))",
	"Sqrt": "sqrt(v)",
	"Tan": "tan(v)",
	"Tanh": "tanh(v)",
	"ThresholdedRelu": "v if v > a else 0.0",
}
const TANH_GELU: String = "0.5 * v * (1.0 + tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)))"
## Those that take integers too.
const OF_INTEGERS: Dictionary[String, String] = {
	"Abs": "absi(v)",
	"Neg": "-v",
	"Relu": "maxi(v, 0)",
	"Sign": "signi(v)",
}
## Attributes that the expressions call a and b, with their defaults.
const PARAMETERS: Dictionary[String, Dictionary] = {
	"Celu": {"alpha": 1.0},
	"Elu": {"alpha": 1.0},
	"HardSigmoid": {"alpha": 0.2, "beta": 0.5},
	"LeakyRelu": {"alpha": 0.01},
	"Selu": {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875},
	"ThresholdedRelu": {"alpha": 1.0},
}


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var specs: Dictionary[String, ONNXOperatorSpec] = {}
	for name: String in FUNCTIONS:
		var attributes: Array = []
		for parameter: String in PARAMETERS.get(name, {}):
			attributes.append(ONNXOperatorSpec.attribute(parameter, TYPE_FLOAT))
		specs[name] = ONNXOperatorSpec.new(unary, 1, attributes)
	var of_gelu: Array = [ONNXOperatorSpec.attribute("approximate", TYPE_STRING)]
	specs["Gelu"] = ONNXOperatorSpec.new(unary, 1, of_gelu).checked_by(_check_gelu)
	return specs


static func unary(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	var expression: String = expression_of(node)
	if not input.is_real():
		expression = OF_INTEGERS.get(node.op_type, "") if input.dtype != ONNXTensor.BOOL else ""
		if expression.is_empty():
			return node.fail("its input is %s, not of floats" % input.describe())
	var result: Variant = ONNXTensor.zeros(input.dtype, input.size())
	var parameters: PackedFloat64Array = parameters_of(node)
	ONNXLoops.unary(expression, input.values(), result, parameters[0], parameters[1])
	return [ONNXTensor.of_values(result, input.shape, input.dtype)]


## The expression of a node of this family for floats; empty when it is none of them.
static func expression_of(node: ONNXNode) -> String:
	if node.op_type == "Gelu" and node.text_of("approximate", "none") == "tanh":
		return TANH_GELU
	return FUNCTIONS.get(node.op_type, "")


## The values of a and b; 0 where the operator has none such.
static func parameters_of(node: ONNXNode) -> PackedFloat64Array:
	var values: PackedFloat64Array = []
	var parameters: Dictionary = PARAMETERS.get(node.op_type, {})
	for attribute: String in parameters:
		var default: float = parameters[attribute]
		values.append(node.float_of(attribute, default))
	values.resize(2)
	return values


static func _check_gelu(node: ONNXNode) -> String:
	var approximate: String = node.text_of("approximate", "none")
	if approximate in ["none", "tanh"]:
		return ""
	return "its attribute 'approximate' is '%s', not 'none' or 'tanh'" % approximate
