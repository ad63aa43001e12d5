extends "res://addons/godot_rl/inference/fused/stage.gd"
## A function of ONNXUnaryOperators on Vector4s, compiled from its expression, for the activations
## that have no loop of their own in ONNXActivation. ONNXChain makes and calls it.

const ONNXActivationStage := preload("res://addons/godot_rl/inference/fused/activation_stage.gd")
const ONNXLoops := preload("res://addons/godot_rl/inference/operators/loops.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXUnaryOperators := preload("res://addons/godot_rl/inference/operators/unary_operators.gd")

## Those that leave finite numbers finite, so that the padding of the last vector stays harmless.
const STEADY: PackedStringArray = [
	"Abs",
	"Asinh",
	"Atan",
	"Ceil",
	"Celu",
	"Cos",
	"Erf",
	"Floor",
	"Gelu",
	"HardSwish",
	"Mish",
	"Neg",
	"Round",
	"Selu",
	"Sign",
	"Sin",
]
## Shorter forms on a whole Vector4 `t`.
const ON_VECTORS: Dictionary[String, String] = {
	"Abs": "t.abs()",
	"Neg": "-t",
	"HardSwish": "t * (t / 6.0 + Vector4.ONE * 0.5).clampf(0.0, 1.0)",
}
## Larger parameters are left to the general way.
const LARGEST_PARAMETER: float = 100.0

var _loop: Callable
var _a: float = 0.0
var _b: float = 0.0


## The stage for a node; null when it is none of these activations.
static func make(node: ONNXNode) -> ONNXActivationStage:
	if node.op_type not in STEADY:
		return null
	var parameters: PackedFloat64Array = ONNXUnaryOperators.parameters_of(node)
	for parameter: float in parameters:
		if not absf(parameter) <= LARGEST_PARAMETER:
			return null
	var stage: ONNXActivationStage = ONNXActivationStage.new()
	stage._a = parameters[0]
	stage._b = parameters[1]
	if ON_VECTORS.has(node.op_type):
		stage._loop = ONNXLoops.vectors(ON_VECTORS[node.op_type])
	else:
		stage._loop = ONNXLoops.components(ONNXUnaryOperators.expression_of(node))
	return stage


func apply(x: PackedVector4Array, _rows: int) -> PackedVector4Array:
	_loop.call(x, _a, _b)
	return x
