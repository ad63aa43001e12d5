@abstract
extends RefCounted
## One stage of an ONNXImageChain: a convolution, a pooling or an activation.

const ONNXImage := preload("res://addons/godot_rl/inference/fused/image.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## The node that it stands for.
var node: ONNXNode

## Computes the stage; null, with node.error set, when the input does not fit. It may change
## [param image] in place and return it.
@abstract func apply(image: ONNXImage) -> ONNXImage


## The same on a tensor [batch, channels, lengths ...], which stays as it is.
func apply_tensor(tensor: ONNXTensor) -> ONNXImage:
	if tensor.shape.size() < 3:
		node.fail("%s is no image [batch, channels, lengths ...]" % tensor.describe())
		return null
	return apply(ONNXImage.of(tensor))
