extends "res://addons/godot_rl/inference/fused/step.gd"
## A line of convolutions with constant weights, poolings and activations, computed on ONNXImages
## without going back to tensors in between.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXActivation := preload("res://addons/godot_rl/inference/fused/activation.gd")
const ONNXActivationStage := preload("res://addons/godot_rl/inference/fused/activation_stage.gd")
const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXConvLayer := preload("res://addons/godot_rl/inference/fused/conv_layer.gd")
const ONNXImage := preload("res://addons/godot_rl/inference/fused/image.gd")
const ONNXImageChain := preload("res://addons/godot_rl/inference/fused/image_chain.gd")
const ONNXImageStage := preload("res://addons/godot_rl/inference/fused/image_stage.gd")
const ONNXPointwiseStage := preload("res://addons/godot_rl/inference/fused/pointwise_stage.gd")
const ONNXPoolLayer := preload("res://addons/godot_rl/inference/fused/pool_layer.gd")
const ONNXStage := preload("res://addons/godot_rl/inference/fused/stage.gd")

var _constants: Dictionary[String, ONNXTensor] = {}
var _stages: Array[ONNXImageStage] = []
## What the input is to be multiplied by.
var _factor: float = 1.0


## An activation or a Clip as a stage.
class RLElementwise:
	extends ONNXImageStage
	var _stage: ONNXStage

	func _init(of: ONNXNode, stage: ONNXStage) -> void:
		node = of
		_stage = stage

	func apply(image: ONNXImage) -> ONNXImage:
		image.vectors = _stage.apply(image.vectors, 1)
		return image


## The longest chain that begins with the first of [param candidates], each of which reads the one
## before and otherwise constants; null if it would hold no convolution. A multiplication or
## division by one number before the first convolution becomes part of its weights.
static func make(
	candidates: Array[ONNXNode], constants: Dictionary[String, ONNXTensor]
) -> ONNXImageChain:
	var chain: ONNXImageChain = ONNXImageChain.new()
	chain._constants = constants
	for node: ONNXNode in candidates:
		if not chain._take(node):
			break
		chain.nodes.append(node)
	if chain._stages.is_empty():
		return null
	for name: String in candidates[0].inputs:
		if not name.is_empty() and not constants.has(name):
			chain.inputs = [name]
	chain.outputs = chain.nodes[-1].outputs
	return chain


func compute(values: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if not values[0].is_float() and nodes[0].op_type != "Cast":
		return ONNXChain.run_nodes(self, values, _constants)
	for node: ONNXNode in nodes:
		node.error = ""
	var image: ONNXImage = _stages[0].apply_tensor(values[0])
	for i: int in range(1, _stages.size()):
		if image == null:
			break
		image = _stages[i].apply(image)
	var result: Array[ONNXTensor] = []
	if image != null:
		result.append(image.to_tensor())
	return result


## Takes the next node as a stage, if it can be one.
func _take(node: ONNXNode) -> bool:
	var stage: ONNXImageStage = null
	if node.op_type == "Conv":
		stage = _convolution(node)
	elif _stages.is_empty():
		return _take_factor(node)
	elif node.op_type.ends_with("Pool") and node.outputs.size() == 1:
		stage = ONNXPoolLayer.make(node)
	else:
		var elementwise: ONNXStage = ONNXPointwiseStage.clip(node, _constants)
		if elementwise == null:
			elementwise = ONNXActivation.of(node)
		if elementwise == null:
			elementwise = ONNXActivationStage.make(node)
		if elementwise != null:
			stage = RLElementwise.new(node, elementwise)
	if stage != null:
		_stages.append(stage)
	return stage != null


func _convolution(node: ONNXNode) -> ONNXConvLayer:
	var bias: String = node.inputs[2] if node.inputs.size() > 2 else ""
	if not _constants.has(node.inputs[1]) or not (bias.is_empty() or _constants.has(bias)):
		return null
	var layer: ONNXConvLayer = ONNXConvLayer.make(
		node, _constants[node.inputs[1]], _constants.get(bias)
	)
	if layer != null and _stages.is_empty() and _factor != 1.0:
		layer.scale(_factor)
	return layer


func _take_factor(node: ONNXNode) -> bool:
	if node.op_type == "Cast":
		return nodes.is_empty() and node.int_of("to", 0) == ONNXTensor.FLOAT
	if node.op_type not in ["Mul", "Div"]:
		return false
	var by: ONNXTensor = _constants.get(node.inputs[1])
	if by == null and node.op_type == "Mul":
		by = _constants.get(node.inputs[0])
	if by == null or not by.is_float() or by.size() != 1 or by.shape.size() > 1:
		return false
	_factor *= by.floats[0] if node.op_type == "Mul" else 1.0 / by.floats[0]
	return true
