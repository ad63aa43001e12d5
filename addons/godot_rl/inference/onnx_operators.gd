extends RefCounted
## The operators that the in-engine runner knows: ONNX name -> function.
##
## To add one: write `static func name(node: ONNXNode, inputs: Array[ONNXTensor]) ->
## Array[ONNXTensor]` in the file of its family and give it an ONNXOperatorSpec in that file's
## table(). Nothing else has to change. An optional input that the model leaves out comes as null or
## not at all; an operator never writes into its inputs' data; what it cannot do it reports by
## `return node.fail("...")`.

const ONNXArithmeticOperators := preload(
	"res://addons/godot_rl/inference/operators/arithmetic_operators.gd"
)
const ONNXCastOperators := preload("res://addons/godot_rl/inference/operators/cast_operators.gd")
const ONNXConvolutionOperators := preload(
	"res://addons/godot_rl/inference/operators/convolution_operators.gd"
)
const ONNXIndexOperators := preload("res://addons/godot_rl/inference/operators/index_operators.gd")
const ONNXLinearOperators := preload(
	"res://addons/godot_rl/inference/operators/linear_operators.gd"
)
const ONNXLogicOperators := preload("res://addons/godot_rl/inference/operators/logic_operators.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXNormaliseOperators := preload(
	"res://addons/godot_rl/inference/operators/normalise_operators.gd"
)
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXPadOperators := preload("res://addons/godot_rl/inference/operators/pad_operators.gd")
const ONNXQuantizeOperators := preload(
	"res://addons/godot_rl/inference/operators/quantize_operators.gd"
)
const ONNXRandomOperators := preload(
	"res://addons/godot_rl/inference/operators/random_operators.gd"
)
const ONNXRecurrentOperators := preload(
	"res://addons/godot_rl/inference/operators/recurrent_operators.gd"
)
const ONNXReduceOperators := preload(
	"res://addons/godot_rl/inference/operators/reduce_operators.gd"
)
const ONNXShapeOperators := preload("res://addons/godot_rl/inference/operators/shape_operators.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXUnaryOperators := preload("res://addons/godot_rl/inference/operators/unary_operators.gd")
const ONNXViewOperators := preload("res://addons/godot_rl/inference/operators/view_operators.gd")

## Versions of ONNX's operator set for which the table's functions are right.
const MIN_OPSET: int = 9
const MAX_OPSET: int = ONNXOperatorSpec.MAX_OPSET
## Operators whose results differ from run to run: never computed in advance.
const RANDOM: PackedStringArray = [
	"Bernoulli",
	"Multinomial",
	"RandomNormal",
	"RandomNormalLike",
	"RandomUniform",
	"RandomUniformLike",
]

## Inputs that hold positions, lengths or axes: what is read from them are integers.
const INTEGER_INPUTS: Dictionary[String, Array] = {
	"ConstantOfShape": [0],
	"CumSum": [1],
	"Expand": [1],
	"Gather": [1],
	"GatherElements": [1],
	"GatherND": [1],
	"Pad": [1, 3],
	"Reshape": [1],
	"Slice": [1, 2, 3, 4],
	"Split": [1],
	"Squeeze": [1],
	"Tile": [1],
	"TopK": [1],
	"Trilu": [1],
	"Unsqueeze": [1],
	"ReduceL1": [1],
	"ReduceL2": [1],
	"ReduceLogSum": [1],
	"ReduceLogSumExp": [1],
	"ReduceMax": [1],
	"ReduceMean": [1],
	"ReduceMin": [1],
	"ReduceProd": [1],
	"ReduceSum": [1],
	"ReduceSumSquare": [1],
}

static var _table: Dictionary[String, ONNXOperatorSpec] = {}


## The operators by name.
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	if _table.is_empty():
		_table.merge(ONNXArithmeticOperators.table())
		_table.merge(ONNXCastOperators.table())
		_table.merge(ONNXConvolutionOperators.table())
		_table.merge(ONNXIndexOperators.table())
		_table.merge(ONNXLinearOperators.table())
		_table.merge(ONNXLogicOperators.table())
		_table.merge(ONNXNormaliseOperators.table())
		_table.merge(ONNXPadOperators.table())
		_table.merge(ONNXQuantizeOperators.table())
		_table.merge(ONNXRandomOperators.table())
		_table.merge(ONNXRecurrentOperators.table())
		_table.merge(ONNXReduceOperators.table())
		_table.merge(ONNXShapeOperators.table())
		_table.merge(ONNXUnaryOperators.table())
		_table.merge(ONNXViewOperators.table())
	return _table


## Why a node cannot be run at all; empty when it can.
static func refusal(node: ONNXNode) -> String:
	if not node.domain.is_empty() or not table().has(node.op_type):
		return "operator %s is not supported by the in-engine runner" % node.describe()
	return table()[node.op_type].refusal(node)


## Lets the operator make at load what it can of the inputs that are constant; false, with
## node.error set, when these can never fit.
static func prepare(node: ONNXNode, constants: Array[ONNXTensor]) -> bool:
	node.error = ""
	var spec: ONNXOperatorSpec = table()[node.op_type]
	if spec.preparation.is_valid():
		node.prepared = spec.preparation.call(node, constants)
	return node.error.is_empty()


## Computes one node; the result is empty, and node.error set, when that is impossible.
static func run(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	node.error = ""
	node.failed_by_value = false
	if INTEGER_INPUTS.has(node.op_type):
		for i: int in INTEGER_INPUTS[node.op_type]:
			if i < inputs.size() and inputs[i] != null and inputs[i].is_real():
				return node.fail("input %d is %s, not of integers" % [i, inputs[i].describe()])
	var results: Array[ONNXTensor] = table()[node.op_type].function.call(node, inputs)
	if node.error.is_empty() and results.size() < node.outputs.size():
		return node.fail("it gives %d outputs, not %d" % [results.size(), node.outputs.size()])
	return results
