extends "res://addons/godot_rl/inference/fused/step.gd"
## A single node, computed by its operator's function.

const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")


func _init(node: ONNXNode) -> void:
	nodes = [node]
	inputs = node.inputs
	outputs = node.outputs


func compute(values: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return ONNXOperators.run(nodes[0], values)
