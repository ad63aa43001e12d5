class_name ONNXNodeStep
extends ONNXStep
## A single node, computed by its operator's function.


func _init(node: ONNXNode) -> void:
	nodes = [node]
	inputs = node.inputs
	outputs = node.outputs


func compute(values: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return ONNXOperators.run(nodes[0], values)
