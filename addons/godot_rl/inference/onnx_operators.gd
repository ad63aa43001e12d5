class_name ONNXOperators
extends RefCounted
## The operators that the in-engine runner knows: ONNX name -> function.
##
## To add one: write `static func name(node: ONNXNode, inputs: Array[ONNXTensor]) ->
## Array[ONNXTensor]` in the file of its family and give it a line in that file's table(), with the
## number of inputs it cannot do without. Nothing else has to change. An optional input that the
## model leaves out comes as null or not at all; an operator never writes into its inputs' data;
## what it cannot do it reports by `return node.fail("...")`.

## Versions of ONNX's operator set for which the table's functions are right.
const MIN_OPSET: int = 9
const MAX_OPSET: int = 28

static var _table: Dictionary[String, Array] = {}


## Operator name -> [function, number of required inputs].
static func table() -> Dictionary[String, Array]:
	if _table.is_empty():
		_table.merge(ONNXElementwiseOperators.table())
		_table.merge(ONNXLinearOperators.table())
		_table.merge(ONNXShapeOperators.table())
	return _table


## Why a node cannot be run at all; empty when it can.
static func refusal(node: ONNXNode) -> String:
	if not node.domain.is_empty() or not table().has(node.op_type):
		return "operator %s is not supported by the in-engine runner" % node.describe()
	var required: int = table()[node.op_type][1]
	for i: int in required:
		if i >= node.inputs.size() or node.inputs[i].is_empty():
			return "operator %s lacks input %d" % [node.describe(), i]
	if node.outputs.is_empty():
		return "operator %s has no output" % node.describe()
	return ""


## Computes one node; the result is empty, and node.error set, when that is impossible.
static func run(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	node.error = ""
	var function: Callable = table()[node.op_type][0]
	var results: Array[ONNXTensor] = function.call(node, inputs)
	if node.error.is_empty() and results.size() < node.outputs.size():
		return node.fail("it gives %d outputs, not %d" % [results.size(), node.outputs.size()])
	return results
