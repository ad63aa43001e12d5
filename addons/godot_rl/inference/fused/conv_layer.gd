extends "res://addons/godot_rl/inference/fused/image_stage.gd"
## A convolution with weights that are known before its input; ONNXConvLayout computes it.
##
## The layout depends on the input's lengths, so it is made when the first input of new lengths
## comes: at load, for a model that declares them.

const ONNXConvLayer := preload("res://addons/godot_rl/inference/fused/conv_layer.gd")
const ONNXConvLayout := preload("res://addons/godot_rl/inference/fused/conv_layout.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")
const ONNXWindow := preload("res://addons/godot_rl/inference/operators/window.gd")

var _weights: PackedFloat32Array = []
var _bias: PackedFloat32Array = []
## Input channels, all groups together.
var _channels: int = 0
var _groups: int = 1
var _window: ONNXWindow
var _layout: ONNXConvLayout


## A layer with weights [outputs, channels / group, kernel ...] and a bias or null; null, with
## node.error set, when they do not fit together.
static func make(of: ONNXNode, weights: ONNXTensor, bias: ONNXTensor) -> ONNXConvLayer:
	var layer: ONNXConvLayer = ONNXConvLayer.new()
	layer.node = of
	if not weights.is_float() or weights.shape.size() < 3 or weights.size() == 0:
		of.fail("its weights are %s" % weights.describe())
		return null
	var outputs: int = weights.shape[0]
	layer._groups = of.int_of("group", 1)
	layer._channels = weights.shape[1] * layer._groups
	if layer._groups < 1 or outputs % layer._groups != 0:
		of.fail("%d outputs do not make %d groups" % [outputs, layer._groups])
		return null
	layer._weights = weights.floats
	layer._bias.resize(outputs)
	if bias != null:
		layer._bias = bias.floats
	var kernel: PackedInt64Array = weights.shape.slice(2)
	var named: PackedInt64Array = of.ints_of("kernel_shape")
	layer._window = ONNXWindow.new(of, kernel)
	if not layer._window.error.is_empty():
		of.fail(layer._window.error)
	elif layer._bias.size() != outputs:
		of.fail("its bias is %s for %d outputs" % [bias.describe(), outputs])
	elif not named.is_empty() and named != kernel:
		of.fail("kernel_shape is %s, its weights are %s" % [named, weights.describe()])
	return layer if of.error.is_empty() else null


## Multiplies the weights, not the bias, in place of multiplying the input.
func scale(factor: float) -> void:
	_weights = _weights.duplicate()
	for i: int in _weights.size():
		_weights[i] *= factor


func apply(image: ONNXImage) -> ONNXImage:
	if not _fits(image.channels, image.lengths, false):
		return null
	return _made(_layout.convolve(image.vectors, image.batch), image.batch)


## Reads the tensor as it stands where its rows fall into whole vectors.
func apply_tensor(tensor: ONNXTensor) -> ONNXImage:
	if not tensor.is_float() or not _suits_planar(tensor.shape):
		return super(tensor)
	if not _fits(tensor.shape[1], tensor.shape.slice(2), true):
		return null
	var planes: PackedVector4Array = ONNXVectors.from_floats(tensor.floats)
	return _made(_layout.convolve(planes, tensor.shape[0]), tensor.shape[0])


func _made(vectors: PackedVector4Array, batch: int) -> ONNXImage:
	return ONNXImage.make(vectors, batch, _bias.size(), _layout.out)


## Makes ready for an input; false, with node.error set, when it cannot be convolved.
func _fits(channels: int, lengths: PackedInt64Array, planar: bool) -> bool:
	if channels != _channels:
		node.fail("the input has %d channels, not %d" % [channels, _channels])
		return false
	if _layout != null and lengths == _layout.lengths and planar == _layout.planar:
		return true
	if not _window.resolve(lengths):
		node.fail(_window.error)
		return false
	var filters: ONNXConvLayout.RLFilters = ONNXConvLayout.RLFilters.new()
	filters.weights = _weights
	filters.bias = _bias
	filters.channels = _channels
	filters.groups = _groups
	_layout = ONNXConvLayout.new(_window, filters, planar)
	return true


## Whether a tensor can be read as it is: its last stride and length are whole vectors, no kernel
## reaches across the end of a row, and no more vectors are multiplied than otherwise.
func _suits_planar(shape: PackedInt64Array) -> bool:
	if shape.size() != _window.kernel.size() + 2 or _groups > 1 or shape[-1] % 4 != 0:
		return false
	if _window.strides[-1] % 4 != 0 or _window.dilations[-1] > 1:
		return false
	if not _window.resolve(shape.slice(2)) or _window.begins[-1] > 0 or _window.ends[-1] > 0:
		return false
	var kernel: int = _window.kernel[-1]
	var padded_kernel: int = (kernel + 3) & ~3
	var reach: int = (_window.out[-1] - 1) * _window.strides[-1] + padded_kernel
	@warning_ignore("integer_division")
	var saves: bool = _channels * padded_kernel / 4 <= kernel * ((_channels + 3) / 4)
	return saves and reach <= shape[-1]
