extends GodotTestCase
## Nodes that are refused before anything runs: each with one line that names operator, node, opset.

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


func test_unknown_attribute() -> void:
	_refused(
		"Tanh", {"alpha": 1.0}, 17, "Tanh (node 'odd', opset 17) has the unknown attribute 'alpha'"
	)


func test_attribute_of_another_kind() -> void:
	var reason: String = "has the attribute 'alpha' as int, not as float"
	_refused("LeakyRelu", {"alpha": 1}, 17, reason)
	_refused("Softmax", {"axis": null}, 17, "has the attribute 'axis' as Nil, not as int")


func test_attribute_of_another_opset() -> void:
	var axes: Dictionary[String, Variant] = {"axes": PackedInt64Array([0])}
	_refused("Squeeze", axes, 13, "'axes', which belongs to opsets 1 to 12")
	_refused("Reshape", {"allowzero": 1}, 13, "'allowzero', which belongs to opsets 14 to 28")
	_accepted("Squeeze", axes, 12)


func test_missing_attribute() -> void:
	_refused("Concat", {}, 17, "Concat (node 'odd', opset 17) lacks the attribute 'axis'")
	_refused("Unsqueeze", {}, 11, "lacks the attribute 'axes'")
	_accepted("Unsqueeze", {}, 13)


func test_values_that_no_input_can_make_right() -> void:
	_refused("Cast", {"to": 10}, 17, "it casts to the unsupported type float16")
	_refused("Gelu", {"approximate": "fast"}, 20, "'approximate' is 'fast', not 'none' or 'tanh'")
	_refused("Pad", {"mode": "wrap"}, 18, "its attribute 'mode' is 'wrap'")
	_refused("BatchNormalization", {"training_mode": 1}, 15, "it is in training mode")
	_accepted("Cast", {"to": ONNXTensor.DOUBLE}, 17)
	_accepted("Pad", {"mode": "wrap"}, 19)


func test_an_operator_of_the_newest_opset_only_types_of_which_changed() -> void:
	_accepted("Reshape", {"allowzero": 1}, 25)


func _refused(
	op_type: String, attributes: Dictionary[String, Variant], opset: int, reason: String
) -> void:
	var found: String = ONNXOperators.refusal(_node(op_type, attributes, opset))
	check(found.contains(reason), "'%s' contains '%s'" % [found, reason])
	check(not found.contains("\n"), "one line")


func _accepted(op_type: String, attributes: Dictionary[String, Variant], opset: int) -> void:
	check_equal(ONNXOperators.refusal(_node(op_type, attributes, opset)), "", op_type)


func _node(op_type: String, attributes: Dictionary[String, Variant], opset: int) -> ONNXNode:
	var node: ONNXNode = ONNXNode.new()
	node.op_type = op_type
	node.name = "odd"
	node.opset = opset
	node.inputs = ["a", "b", "c", "d", "e"]
	node.outputs = ["y"]
	node.attributes = attributes
	return node
