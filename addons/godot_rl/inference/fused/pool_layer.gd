extends "res://addons/godot_rl/inference/fused/image_stage.gd"
## MaxPool, AveragePool or a global pooling, four channels at once. Which positions each output
## reads is listed when the first input of new lengths comes.

const ONNXPoolLayer := preload("res://addons/godot_rl/inference/fused/pool_layer.gd")
const ONNXWindow := preload("res://addons/godot_rl/inference/operators/window.gd")

var _is_max: bool = false
## Null for a global pooling.
var _window: ONNXWindow
var _lengths: PackedInt64Array = []
## For each output position the input positions that it reads, and what a sum is divided by.
var _taps: Array[PackedInt32Array] = []
var _divisors: PackedFloat32Array = []


## A layer; null, with node.error set, when the attributes do not fit together.
static func make(of: ONNXNode) -> ONNXPoolLayer:
	var layer: ONNXPoolLayer = ONNXPoolLayer.new()
	layer.node = of
	layer._is_max = of.op_type.ends_with("MaxPool")
	if of.op_type.begins_with("Global"):
		return layer
	var kernel: PackedInt64Array = of.ints_of("kernel_shape")
	layer._window = ONNXWindow.new(of, kernel)
	if kernel.is_empty():
		of.fail("it has no kernel_shape")
	elif not layer._window.error.is_empty():
		of.fail(layer._window.error)
	return layer if of.error.is_empty() else null


func apply(image: ONNXImage) -> ONNXImage:
	if not prepare(image.lengths):
		return null
	var width: int = image.width()
	var x: PackedVector4Array = image.vectors
	var y: PackedVector4Array = []
	for n: int in image.batch:
		var from: int = n * image.positions() * width
		for position: int in _taps.size():
			var taps: PackedInt32Array = _taps[position]
			for channel: int in range(from, from + width):
				if _is_max:
					var largest: Vector4 = -Vector4.INF
					for tap: int in taps:
						largest = largest.max(x[channel + tap * width])
					y.append(largest)
				else:
					var sum: Vector4 = Vector4.ZERO
					for tap: int in taps:
						sum += x[channel + tap * width]
					y.append(sum / _divisors[position])
	return ONNXImage.make(y, image.batch, image.channels, out())


## Lists what each output reads; false, with node.error set, when the kernel does not fit.
func prepare(lengths: PackedInt64Array) -> bool:
	if lengths == _lengths and not _taps.is_empty():
		return true
	_lengths = lengths
	var count: int = ONNXTensor.count(lengths)
	if _window == null:
		_taps = [PackedInt32Array(range(count))]
		_divisors = PackedFloat32Array([count])
		return true
	if not _window.resolve(lengths):
		node.fail(_window.error)
		return false
	_taps = _window.taps()
	if node.int_of("count_include_pad", 0) != 0:
		_divisors = _window.covered()
		return true
	_divisors = PackedFloat32Array()
	for list: PackedInt32Array in _taps:
		_divisors.append(list.size())
	return true


## For each output position the input positions that it reads.
func read_positions() -> Array[PackedInt32Array]:
	return _taps


## Lengths of the output's spatial axes.
func out() -> PackedInt64Array:
	if _window != null:
		return _window.out
	var ones: PackedInt64Array = _lengths.duplicate()
	ones.fill(1)
	return ones
