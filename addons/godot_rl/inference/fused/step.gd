@abstract
extends RefCounted
## One thing that an ONNXPlan does at each run: a single node, or several that were fused at load.

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Names of the values read ("" for an optional one that is left out) and of those written.
var inputs: PackedStringArray = []
var outputs: PackedStringArray = []
## The nodes that it stands for; on failure one of them holds the error.
var nodes: Array[ONNXNode] = []

## The values of [member outputs]; empty when they cannot be computed.
@abstract func compute(values: Array[ONNXTensor]) -> Array[ONNXTensor]
