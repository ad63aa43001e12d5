extends RefCounted
## ONNX's (NumPy's) multidirectional broadcasting, shared by the operators that need it.

const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

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
	if tensor.size() == ONNXTensor.count(shape):
		return tensor.reshaped(shape)
	var stride: PackedInt64Array = ONNXIndexing.strides(tensor.shape)
	var missing: int = shape.size() - tensor.shape.size()
	var offsets: Array[PackedInt64Array] = []
	for axis: int in shape.size():
		var repeats: bool = axis < missing or tensor.shape[axis - missing] == 1
		offsets.append(ONNXIndexing.steps(shape[axis], 0 if repeats else stride[axis - missing]))
	return tensor.take(ONNXIndexing.sums(offsets), shape)


## The tensor as an operand of an elementwise loop of [param shape]: expanded, or one element.
static func operand(tensor: ONNXTensor, shape: PackedInt64Array) -> ONNXTensor:
	return tensor if tensor.size() == 1 else expand(tensor, shape)
