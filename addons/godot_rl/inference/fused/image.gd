extends RefCounted
## Values of convolutional layers between two stages: position by position, at each the channels
## four by four in Vector4s. Any number of spatial axes.
##
## The last vector of a position may be padded; what stands there is finite and otherwise arbitrary.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXImage := preload("res://addons/godot_rl/inference/fused/image.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")

var vectors: PackedVector4Array = []
var batch: int = 0
var channels: int = 0
## Lengths of the spatial axes.
var lengths: PackedInt64Array = []


static func make(
	values: PackedVector4Array, images: int, depth: int, sizes: PackedInt64Array
) -> ONNXImage:
	var image: ONNXImage = ONNXImage.new()
	image.vectors = values
	image.batch = images
	image.channels = depth
	image.lengths = sizes
	return image


## Takes a tensor [batch, channels, lengths ...] of any type.
static func of(tensor: ONNXTensor) -> ONNXImage:
	var shape: PackedInt64Array = tensor.shape
	var image: ONNXImage = make([], shape[0], shape[1], shape.slice(2))
	image.vectors.resize(image.batch * image.positions() * image.width())
	var floats: PackedFloat32Array = tensor.floats
	if not tensor.is_float():
		floats = PackedFloat32Array(Array(tensor.values()))
	var p: int = image.positions()
	for n: int in image.batch:
		for group: int in image.width():
			var from: int = (n * image.channels + group * 4) * p
			var to: int = n * p * image.width() + group
			image._interleave(floats, from, mini(4, image.channels - group * 4), to)
	return image


## Back to a tensor [batch, channels, lengths ...].
func to_tensor() -> ONNXTensor:
	var shape: PackedInt64Array = PackedInt64Array([batch, channels]) + lengths
	var p: int = positions()
	if p == 1:
		return ONNXTensor.of_floats(ONNXVectors.unpadded(vectors, channels), shape)
	var floats: PackedFloat32Array = ONNXVectors.to_floats(vectors)
	var result: PackedFloat32Array = []
	result.resize(batch * channels * p)
	var padded: int = width() * 4
	var to: int = 0
	for n: int in batch:
		for channel: int in channels:
			var from: int = n * p * padded + channel
			for i: int in range(from, from + p * padded, padded):
				result[to] = floats[i]
				to += 1
	return ONNXTensor.of_floats(result, shape)


## Vectors at each position.
func width() -> int:
	@warning_ignore("integer_division")
	return (channels + 3) / 4


## Number of positions of one image.
func positions() -> int:
	return ONNXTensor.count(lengths)


## Writes up to four channels into the vector [param to] of one position and its like in the others.
func _interleave(floats: PackedFloat32Array, from: int, count: int, to: int) -> void:
	var p: int = positions()
	var step: int = width()
	var at: int = to
	match count:
		1:
			for i: int in range(from, from + p):
				vectors[at] = Vector4(floats[i], 0.0, 0.0, 0.0)
				at += step
		2:
			for i: int in range(from, from + p):
				vectors[at] = Vector4(floats[i], floats[i + p], 0.0, 0.0)
				at += step
		3:
			var second: int = 2 * p
			for i: int in range(from, from + p):
				vectors[at] = Vector4(floats[i], floats[i + p], floats[i + second], 0.0)
				at += step
		4:
			var second: int = 2 * p
			var third: int = 3 * p
			for i: int in range(from, from + p):
				vectors[at] = Vector4(
					floats[i], floats[i + p], floats[i + second], floats[i + third]
				)
				at += step
