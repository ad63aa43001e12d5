extends RefCounted
## What a .onnx file says, as the reader found it: nodes, constants, inputs, outputs, metadata.

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## An input or an output of the graph.
class RLValueInfo:
	extends RefCounted
	var name: String = ""
	## Element type, as in ONNXTensor.
	var dtype: int = 0
	## Length of each dimension, -1 where it is free (the batch).
	var shape: PackedInt64Array = []
	## Whether the file gives a shape at all.
	var has_shape: bool = false


## Version of ONNX's own operator set.
var opset: int = 0
var ir_version: int = 0
## Who wrote the file, such as "pytorch 2.13.0".
var producer: String = ""
var nodes: Array[ONNXNode] = []
## Initializers by name.
var constants: Dictionary[String, ONNXTensor] = {}
## What the caller feeds: initializers that the file lists as inputs too are left out.
var inputs: Array[RLValueInfo] = []
var outputs: Array[RLValueInfo] = []
## The file's metadata_props.
var metadata: Dictionary[String, String] = {}
