class_name ONNXBroadcast
extends RefCounted
## ONNX's (NumPy's) multidirectional broadcasting, shared by the operators that need it.

## What [method shape_of] returns when two shapes do not fit.
const IMPOSSIBLE: PackedInt64Array = [-1]


## The shape that two shapes broadcast to; IMPOSSIBLE when they do not, or it is too large.
static func shape_of(a: PackedInt64Array, b: PackedInt64Array) -> PackedInt64Array:
	var rank: int = maxi(a.size(), b.size())
	var shape: PackedInt64Array = []
	shape.resize(rank)
	for axis: int in rank:
		var of_a: int = a[axis - rank + a.size()] if axis >= rank - a.size() else 1
		var of_b: int = b[axis - rank + b.size()] if axis >= rank - b.size() else 1
		if of_a != of_b and of_a != 1 and of_b != 1:
			return IMPOSSIBLE
		shape[axis] = of_b if of_a == 1 else of_a
	return shape if ONNXTensor.count(shape) < ONNXTensor.TOO_MANY else IMPOSSIBLE


## The tensor repeated to [param shape], to which its own shape broadcasts.
static func expand(tensor: ONNXTensor, shape: PackedInt64Array) -> ONNXTensor:
	if tensor.shape == shape:
		return tensor
	var total: int = ONNXTensor.count(shape)
	var result: ONNXTensor = tensor.reshaped(shape)
	if tensor.size() == total:
		return result
	result.floats = []
	result.ints = []
	if tensor.is_float():
		result.floats.resize(total)
	else:
		result.ints.resize(total)
	var from: PackedInt64Array = _sources(tensor.shape, shape, total)
	if tensor.is_float():
		for i: int in total:
			result.floats[i] = tensor.floats[from[i]]
	else:
		for i: int in total:
			result.ints[i] = tensor.ints[from[i]]
	return result


## For each element of [param shape] the index of the element of [param own] that it shows.
static func _sources(
	own: PackedInt64Array, shape: PackedInt64Array, total: int
) -> PackedInt64Array:
	var sources: PackedInt64Array = [0]
	var stride: int = 1
	# From the last axis outwards: the block made so far repeats, each time moved by the stride.
	for back: int in shape.size():
		var of_own: int = own[own.size() - 1 - back] if back < own.size() else 1
		var block: PackedInt64Array = sources
		sources = PackedInt64Array()
		for step: int in shape[shape.size() - 1 - back]:
			var shift: int = step * stride if of_own > 1 else 0
			if shift == 0:
				sources.append_array(block)
				continue
			for index: int in block:
				sources.append(index + shift)
		stride *= of_own
	return sources if total > 0 else PackedInt64Array()
