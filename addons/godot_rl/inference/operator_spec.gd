extends RefCounted
## One line of an operator table: the function that computes the operator, and what a node must have
## so that it can. The files of operators/ write these, ONNXOperators reads them.

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
## Newest version of ONNX's operator set for which the tables are right.
const MAX_OPSET: int = 28


## An attribute that a node may have.
class RLAttribute:
	extends RefCounted
	var name: String
	## A Variant.Type.
	var type: int
	var first_opset: int = 1
	var last_opset: int = MAX_OPSET
	## Whether a node of these opsets cannot do without it.
	var is_required: bool = false

	func _init(of_name: String, of_type: int) -> void:
		name = of_name
		type = of_type

	## Whether the attribute belongs to an opset.
	func is_in(opset: int) -> bool:
		return opset >= first_opset and opset <= last_opset

	func since(opset: int) -> RLAttribute:
		first_opset = opset
		return self

	func until(opset: int) -> RLAttribute:
		last_opset = opset
		return self

	func required() -> RLAttribute:
		is_required = true
		return self


## `func(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]`.
var function: Callable
## How many of its first inputs the operator cannot do without.
var required_inputs: int
var attributes: Dictionary[String, RLAttribute] = {}
## `func(node: ONNXNode) -> String`: why the operator cannot compute a node, or "". Optional.
var check: Callable
## `func(node: ONNXNode, inputs: Array[ONNXTensor]) -> RefCounted`, called at load with the inputs
## that are constant (null for what is not known yet); what it returns stands in node.prepared at
## each run. Optional.
var preparation: Callable


## [param of_attributes] holds Attributes; a node with any other one is refused.
func _init(of_function: Callable, inputs: int, of_attributes: Array = []) -> void:
	function = of_function
	required_inputs = inputs
	for attribute: RLAttribute in of_attributes:
		attributes[attribute.name] = attribute


## An optional attribute of every opset; its methods narrow that.
static func attribute(name: String, type: int) -> RLAttribute:
	return RLAttribute.new(name, type)


## Sets [member check].
func checked_by(function_of_node: Callable) -> ONNXOperatorSpec:
	check = function_of_node
	return self


## Sets [member preparation].
func prepared_by(function_of_node: Callable) -> ONNXOperatorSpec:
	preparation = function_of_node
	return self


## Why a node cannot be computed; "" when it can.
func refusal(node: ONNXNode) -> String:
	for i: int in required_inputs:
		if i >= node.inputs.size() or node.inputs[i].is_empty():
			return "operator %s lacks input %d" % [node.describe(), i]
	if node.outputs.is_empty():
		return "operator %s has no output" % node.describe()
	var reason: String = _attribute_refusal(node)
	if not reason.is_empty() or not check.is_valid():
		return reason
	reason = check.call(node)
	return "" if reason.is_empty() else "operator %s: %s" % [node.describe(), reason]


func _attribute_refusal(node: ONNXNode) -> String:
	for given: String in node.attributes:
		var declared: RLAttribute = attributes.get(given)
		if declared == null:
			return "operator %s has the unknown attribute '%s'" % [node.describe(), given]
		if not declared.is_in(node.opset):
			return (
				"operator %s has the attribute '%s', which belongs to opsets %d to %d"
				% [node.describe(), given, declared.first_opset, declared.last_opset]
			)
		var type: int = typeof(node.attributes[given])
		if type != declared.type:
			return (
				"operator %s has the attribute '%s' as %s, not as %s"
				% [node.describe(), given, type_string(type), type_string(declared.type)]
			)
	for name: String in attributes:
		var wanted: RLAttribute = attributes[name]
		if wanted.is_required and wanted.is_in(node.opset) and not node.attributes.has(name):
			return "operator %s lacks the attribute '%s'" % [node.describe(), name]
	return ""
