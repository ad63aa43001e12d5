extends RefCounted
## The operators that the in-engine runner knows: ONNX name -> function.
##
## To add one: write `static func name(node: ONNXNode, inputs: Array[ONNXTensor]) ->
## Array[ONNXTensor]` in the file of its family and give it a line in that file's table(): the
## function, the number of inputs it cannot do without, its attributes. Nothing else has to change.
## An optional input that the model leaves out comes as null or not at all; an operator never writes
## into its inputs' data; what it cannot do it reports by `return node.fail("...")`.
##
## An attribute is declared by its Variant.Type, or by [type, first opset, last opset, whether it
## must be there]. A node with any other attribute is refused at load; so is one for which the
## fourth element of its line, a `func(node: ONNXNode) -> String`, gives a reason. The fifth is for
## an operator that lays constant inputs out at load: a `func(node, inputs) -> RefCounted` that gets
## these (null for what is not known yet); what it returns stands in node.prepared at each run.

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
const MAX_OPSET: int = 28
## As an attribute's last opset: it was not taken away again.
const EVER: int = 99
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

static var _table: Dictionary[String, Array] = {}


## Operator name -> [function, number of required inputs, attributes, further check (optional),
## preparation (optional)].
static func table() -> Dictionary[String, Array]:
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
	var entry: Array = table()[node.op_type]
	var required: int = entry[1]
	for i: int in required:
		if i >= node.inputs.size() or node.inputs[i].is_empty():
			return "operator %s lacks input %d" % [node.describe(), i]
	if node.outputs.is_empty():
		return "operator %s has no output" % node.describe()
	if entry.size() > 2:
		var declared: Dictionary = entry[2]
		var reason: String = _attribute_refusal(node, declared)
		if not reason.is_empty() or entry.size() < 4:
			return reason
		var check: Callable = entry[3]
		reason = check.call(node)
		return "" if reason.is_empty() else "operator %s: %s" % [node.describe(), reason]
	return ""


## Lets the operator make at load what it can of the inputs that are constant; false, with
## node.error set, when these can never fit.
static func prepare(node: ONNXNode, constants: Array[ONNXTensor]) -> bool:
	node.error = ""
	var entry: Array = table()[node.op_type]
	if entry.size() > 4:
		var function: Callable = entry[4]
		node.prepared = function.call(node, constants)
	return node.error.is_empty()


## Computes one node; the result is empty, and node.error set, when that is impossible.
static func run(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	node.error = ""
	node.failed_by_value = false
	if INTEGER_INPUTS.has(node.op_type):
		for i: int in INTEGER_INPUTS[node.op_type]:
			if i < inputs.size() and inputs[i] != null and inputs[i].is_real():
				return node.fail("input %d is %s, not of integers" % [i, inputs[i].describe()])
	var function: Callable = table()[node.op_type][0]
	var results: Array[ONNXTensor] = function.call(node, inputs)
	if node.error.is_empty() and results.size() < node.outputs.size():
		return node.fail("it gives %d outputs, not %d" % [results.size(), node.outputs.size()])
	return results


## [type, first opset, last opset, required] of a declaration.
static func span_of(declaration: Variant) -> Array:
	if declaration is int:
		return [declaration, 1, EVER, false]
	var span: Array = declaration
	return span if span.size() == 4 else span + [false]


static func _attribute_refusal(node: ONNXNode, declared: Dictionary) -> String:
	for attribute: String in node.attributes:
		if not declared.has(attribute):
			return "operator %s has the unknown attribute '%s'" % [node.describe(), attribute]
		var span: Array = span_of(declared[attribute])
		if node.opset < span[1] or node.opset > span[2]:
			return (
				"operator %s has the attribute '%s', which belongs to opsets %d to %d"
				% [node.describe(), attribute, span[1], mini(span[2], MAX_OPSET)]
			)
		var type: int = span[0]
		if typeof(node.attributes[attribute]) != type:
			return (
				"operator %s has the attribute '%s' as %s, not as %s"
				% [
					node.describe(),
					attribute,
					type_string(typeof(node.attributes[attribute])),
					type_string(type)
				]
			)
	for attribute: String in declared:
		var span: Array = span_of(declared[attribute])
		var applies: bool = node.opset >= span[1] and node.opset <= span[2]
		if span[3] and applies and not node.attributes.has(attribute):
			return "operator %s lacks the attribute '%s'" % [node.describe(), attribute]
	return ""
