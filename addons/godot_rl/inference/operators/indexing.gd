extends RefCounted
## Index arithmetic that the operators share: axes, strides, and which elements a view shows.

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## What [method axis_of] returns for an axis that is not there.
const NO_AXIS: int = -1


## The axis counted from the front, or NO_AXIS.
static func axis_of(axis: int, rank: int) -> int:
	if axis < -rank or axis >= rank:
		return NO_AXIS
	return axis + rank if axis < 0 else axis


## All axes counted from the front; null when one is not there or comes twice.
static func axes_of(axes: PackedInt64Array, rank: int) -> Variant:
	var found: PackedInt64Array = []
	for given: int in axes:
		var axis: int = axis_of(given, rank)
		if axis == NO_AXIS or found.has(axis):
			return null
		found.append(axis)
	return found


## For each axis of a row-major tensor, how many elements lie between neighbours.
static func strides(shape: PackedInt64Array) -> PackedInt64Array:
	var found: PackedInt64Array = shape.duplicate()
	var stride: int = 1
	for axis: int in range(shape.size() - 1, -1, -1):
		found[axis] = stride
		stride *= shape[axis]
	return found


## Every sum of one offset from each list, the last list running fastest: with the offsets of the
## positions that a view shows along each axis, the elements that it shows.
static func sums(offsets: Array[PackedInt64Array]) -> PackedInt64Array:
	var found: PackedInt64Array = [0]
	for axis: int in range(offsets.size() - 1, -1, -1):
		var block: PackedInt64Array = found
		found = PackedInt64Array()
		for shift: int in offsets[axis]:
			if shift == 0:
				found.append_array(block)
				continue
			for index: int in block:
				found.append(index + shift)
	return found


## The offsets of [param count] positions that lie [param stride] elements apart.
static func steps(count: int, stride: int, from: int = 0) -> PackedInt64Array:
	var offsets: PackedInt64Array = []
	offsets.resize(count)
	for i: int in count:
		offsets[i] = from + i * stride
	return offsets


## The elements of a tensor of [param shape] in the order of [param permutation] of its axes.
static func permuted(shape: PackedInt64Array, permutation: PackedInt64Array) -> PackedInt64Array:
	var stride: PackedInt64Array = strides(shape)
	var offsets: Array[PackedInt64Array] = []
	for axis: int in permutation:
		offsets.append(steps(shape[axis], stride[axis]))
	return sums(offsets)


## The lengths of the axes that [param permutation] names, in its order.
static func lengths(shape: PackedInt64Array, permutation: PackedInt64Array) -> PackedInt64Array:
	var found: PackedInt64Array = []
	for axis: int in permutation:
		found.append(shape[axis])
	return found


## A tensor with [param axes] moved to the end, so that what is computed along them is contiguous.
static func with_last(tensor: ONNXTensor, axes: PackedInt64Array) -> ONNXTensor:
	var order: PackedInt64Array = _order(tensor.shape.size(), axes)
	if order == PackedInt64Array(range(order.size())):
		return tensor
	return tensor.take(permuted(tensor.shape, order), lengths(tensor.shape, order))


## Undoes [method with_last] for a result of its shape.
static func with_back(tensor: ONNXTensor, axes: PackedInt64Array) -> ONNXTensor:
	var order: PackedInt64Array = _order(tensor.shape.size(), axes)
	if order == PackedInt64Array(range(order.size())):
		return tensor
	var inverse: PackedInt64Array = order.duplicate()
	for place: int in order.size():
		inverse[order[place]] = place
	return tensor.take(permuted(tensor.shape, inverse), lengths(tensor.shape, inverse))


static func _order(rank: int, axes: PackedInt64Array) -> PackedInt64Array:
	var order: PackedInt64Array = []
	for axis: int in rank:
		if not axes.has(axis):
			order.append(axis)
	return order + axes
