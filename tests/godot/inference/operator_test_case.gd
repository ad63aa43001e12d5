class_name ONNXOperatorTestCase
extends GodotTestCase
## Base of the tests that run single operators of the ONNX runner.

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## A node of opset 17 with one output.
func _node(op_type: String, attributes: Dictionary[String, Variant]) -> ONNXNode:
	var node: ONNXNode = ONNXNode.new()
	node.op_type = op_type
	node.opset = 17
	node.outputs = ["y"]
	node.attributes = attributes
	return node


## What the operator gives; an empty tensor, and a failed check, when it refuses.
func _run(
	op_type: String, inputs: Array[ONNXTensor], attributes: Dictionary[String, Variant] = {}
) -> ONNXTensor:
	var node: ONNXNode = _node(op_type, attributes)
	var results: Array[ONNXTensor] = ONNXOperators.run(node, inputs)
	check_equal(node.error, "", op_type)
	return results[0] if not results.is_empty() else ONNXTensor.new()


## Checks that the operator refuses, and says [param reason].
func _refused(
	op_type: String,
	inputs: Array[ONNXTensor],
	reason: String,
	attributes: Dictionary[String, Variant] = {}
) -> void:
	var node: ONNXNode = _node(op_type, attributes)
	check(ONNXOperators.run(node, inputs).is_empty(), op_type + " is refused")
	check(node.error.contains(reason), "'%s' contains '%s'" % [node.error, reason])
