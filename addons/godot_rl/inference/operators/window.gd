extends RefCounted
## How the kernel of a Conv or of a pooling moves over the spatial axes: the node's attributes, and
## what follows from them for an input of certain lengths. Any number of axes.

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## More than any kernel, stride, dilation or padding has; a guard against garbage.
const TOO_LONG: int = 1 << 16

## Empty while all is well.
var error: String = ""
## One number an axis.
var kernel: PackedInt64Array = []
var strides: PackedInt64Array = []
var dilations: PackedInt64Array = []
## Set by [method resolve]: lengths of the input, padding before and behind them, output lengths.
var lengths: PackedInt64Array = []
var begins: PackedInt64Array = []
var ends: PackedInt64Array = []
var out: PackedInt64Array = []

var _pads: PackedInt64Array = []
var _auto_pad: String = ""
var _ceil: bool = false


## Reads the attributes of [param node]; check [member error] afterwards.
func _init(node: ONNXNode, kernel_shape: PackedInt64Array) -> void:
	kernel = kernel_shape
	strides = _list(node, "strides", 1, kernel.size())
	dilations = _list(node, "dilations", 1, kernel.size())
	_pads = _list(node, "pads", 0, kernel.size() * 2)
	_auto_pad = node.text_of("auto_pad", "NOTSET")
	_ceil = node.int_of("ceil_mode", 0) != 0
	if _auto_pad not in ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]:
		error = "auto_pad '%s' is unknown" % _auto_pad
	for axis: int in kernel.size() if error.is_empty() else 0:
		if mini(mini(kernel[axis], strides[axis]), dilations[axis]) < 1:
			error = "a kernel, stride or dilation is below 1"
		if maxi(maxi(kernel[axis], strides[axis]), dilations[axis]) > TOO_LONG:
			error = "a kernel, stride or dilation is above %d" % TOO_LONG
	for pad: int in _pads:
		if pad < 0 or pad > TOO_LONG:
			error = "the padding %d is not supported" % pad


## Fixes the lengths of the input; false, with [member error] set, when the kernel does not fit.
func resolve(input_lengths: PackedInt64Array) -> bool:
	error = ""
	if input_lengths.size() != kernel.size():
		error = "the input has %d spatial axes, not %d" % [input_lengths.size(), kernel.size()]
		return false
	lengths = input_lengths
	begins = lengths.duplicate()
	ends = lengths.duplicate()
	out = lengths.duplicate()
	var padded: PackedInt64Array = []
	for axis: int in lengths.size():
		if not _resolve_axis(axis):
			error = "the kernel %s does not fit into %s" % [kernel, lengths]
			return false
		padded.append(begins[axis] + lengths[axis] + ends[axis])
	if ONNXTensor.count(padded) >= ONNXTensor.TOO_MANY:
		error = "the padded input %s is too large" % padded
	return error.is_empty()


## For each output position in order: the input positions under the kernel, without the padding.
func taps() -> Array[PackedInt32Array]:
	var result: Array[PackedInt32Array] = [PackedInt32Array([0])]
	for axis: int in lengths.size():
		var wider: Array[PackedInt32Array] = []
		for outer: PackedInt32Array in result:
			for position: int in out[axis]:
				var found: PackedInt32Array = []
				for base: int in outer:
					for k: int in kernel[axis]:
						var at: int = position * strides[axis] - begins[axis] + k * dilations[axis]
						if at >= 0 and at < lengths[axis]:
							found.append(base * lengths[axis] + at)
				wider.append(found)
		result = wider
	return result


## For each output position in order: how many elements of the padded input its kernel covers. With
## ceil_mode that may be less than the kernel's size.
func covered() -> PackedFloat32Array:
	var result: PackedFloat32Array = [1.0]
	for axis: int in lengths.size():
		var wider: PackedFloat32Array = []
		for outer: float in result:
			for position: int in out[axis]:
				var room: int = lengths[axis] + ends[axis] + begins[axis] - position * strides[axis]
				@warning_ignore("integer_division")
				var fitting: int = (room - 1) / dilations[axis] + 1
				wider.append(outer * mini(kernel[axis], fitting))
		result = wider
	return result


func _resolve_axis(axis: int) -> bool:
	var length: int = lengths[axis]
	var stride: int = strides[axis]
	var span: int = (kernel[axis] - 1) * dilations[axis] + 1
	if _auto_pad.begins_with("SAME"):
		out[axis] = ceili(float(length) / stride)
		var total: int = maxi((out[axis] - 1) * stride + span - length, 0)
		@warning_ignore("integer_division")
		var less: int = total / 2
		begins[axis] = total - less if _auto_pad == "SAME_LOWER" else less
		ends[axis] = total - begins[axis]
		return true
	begins[axis] = 0 if _auto_pad == "VALID" else _pads[axis]
	ends[axis] = 0 if _auto_pad == "VALID" else _pads[kernel.size() + axis]
	var room: int = length + begins[axis] + ends[axis] - span
	if room < 0 or length == 0:
		return false
	@warning_ignore("integer_division")
	out[axis] = room / stride + 1
	if _ceil and room % stride != 0 and out[axis] * stride < length + begins[axis]:
		out[axis] += 1
	return true


func _list(node: ONNXNode, attribute: String, default: int, size: int) -> PackedInt64Array:
	var found: PackedInt64Array = node.ints_of(attribute)
	if found.is_empty():
		found.resize(size)
		found.fill(default)
	if found.size() != size:
		error = "%s has %d numbers, not %d" % [attribute, found.size(), size]
	return found
