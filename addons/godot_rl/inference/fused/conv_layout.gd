extends RefCounted
## A convolution for inputs of certain lengths: one tile product for all output positions. At each,
## the weights multiply the vectors under the kernel where they stand; no patch is copied, only an
## input that needs padding. ONNXConvLayer makes and calls it.
##
## The input is either an ONNXImage's vectors, or [member planar]: a tensor's own order, channel by
## channel, with rows cut into vectors.

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXTileProduct := preload("res://addons/godot_rl/inference/fused/tile_product.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")
const ONNXWindow := preload("res://addons/godot_rl/inference/operators/window.gd")


## The weights [outputs, channels / groups, kernel ...] and what belongs to them.
class RLFilters:
	extends RefCounted
	var weights: PackedFloat32Array = []
	## One number an output.
	var bias: PackedFloat32Array = []
	## Input channels, all groups together.
	var channels: int = 0
	var groups: int = 1
	## Elements of the kernel, all axes.
	var taps: int = 0

	## The weight of an output for an element of the kernel (-1 for none) on a channel.
	func weight(output: int, channel: int, tap: int) -> float:
		@warning_ignore("integer_division")
		var depth: int = channels / groups
		@warning_ignore("integer_division")
		var own: int = channel - output / (bias.size() / groups) * depth
		if tap < 0 or output >= bias.size() or own < 0 or own >= depth:
			return 0.0
		return weights[(output * depth + own) * taps + tap]


## Lengths of the input's and of the output's spatial axes.
var lengths: PackedInt64Array = []
var out: PackedInt64Array = []
var planar: bool = false

var _bias: PackedVector4Array = []
var _products: Array[ONNXTileProduct] = []
## First output vector of each product.
var _tops: PackedInt32Array = []
## First vector under the kernel for each output position of one image.
var _starts: PackedInt32Array = []
## Source row of each row of the padded input, -1 for one of zeros; empty when nothing is padded.
var _rows: PackedInt32Array = []
## Vectors of an input row, of the zeros before and behind it, of one padded image.
var _row_size: int = 0
var _before: int = 0
var _behind: int = 0
var _image_size: int = 0
## Planes of an image that are padded each for itself.
var _planes: int = 1
## Positions of the last axis to a vector, and vectors to a position.
var _packed: int = 1
var _unit: int = 1


## Takes a window that is resolved for the input's lengths.
func _init(window: ONNXWindow, filters: RLFilters, is_planar: bool) -> void:
	lengths = window.lengths
	out = window.out
	planar = is_planar
	filters.taps = ONNXTensor.count(window.kernel)
	_bias = ONNXVectors.rows(filters.bias, filters.bias.size())
	if planar:
		_packed = 4
		_planes = filters.channels
	else:
		@warning_ignore("integer_division")
		_unit = (filters.channels + 3) / 4
	@warning_ignore("integer_division")
	_row_size = lengths[-1] * _unit / _packed
	_before = window.begins[-1] * _unit
	_behind = window.ends[-1] * _unit
	_rows = _padded_rows(window)
	var steps: PackedInt64Array = _steps(window)
	_starts = _positions(window.out, _moved(window.strides, steps))
	_make_products(window, filters, _moved(window.dilations, steps))


## The outputs of all positions of [param batch] images.
func convolve(vectors: PackedVector4Array, batch: int) -> PackedVector4Array:
	var x: PackedVector4Array = vectors if _rows.is_empty() else _padded(vectors, batch)
	var starts: PackedInt32Array = _starts
	if batch != 1:
		starts = PackedInt32Array()
		for n: int in batch:
			for start: int in _starts:
				starts.append(start + n * _image_size)
	var y: PackedVector4Array = []
	for i: int in starts.size():
		y.append_array(_bias)
	for i: int in _products.size():
		_products[i].accumulate(x, starts, y, _tops[i], _bias.size())
	return y


func _padded(vectors: PackedVector4Array, batch: int) -> PackedVector4Array:
	var before: PackedVector4Array = []
	before.resize(_before)
	var behind: PackedVector4Array = []
	behind.resize(_behind)
	var nothing: PackedVector4Array = []
	nothing.resize(_before + _row_size + _behind)
	@warning_ignore("integer_division")
	var plane_size: int = vectors.size() / maxi(1, batch * _planes)
	var result: PackedVector4Array = []
	for plane: int in batch * _planes:
		for row: int in _rows:
			if row < 0:
				result.append_array(nothing)
				continue
			var from: int = plane * plane_size + row * _row_size
			result.append_array(before)
			result.append_array(vectors.slice(from, from + _row_size))
			result.append_array(behind)
	return result


static func _padded_rows(window: ONNXWindow) -> PackedInt32Array:
	if Array(window.begins + window.ends).max() == 0:
		return []
	var rows: PackedInt32Array = [0]
	for axis: int in window.lengths.size() - 1:
		var length: int = window.lengths[axis]
		var wider: PackedInt32Array = []
		for outer: int in rows:
			for at: int in range(-window.begins[axis], length + window.ends[axis]):
				var inside: bool = outer >= 0 and at >= 0 and at < length
				wider.append(outer * length + at if inside else -1)
		rows = wider
	return rows


## How many vectors of the padded input one position of each axis is apart from the next (in the
## last axis of a planar input: four positions).
func _steps(window: ONNXWindow) -> PackedInt64Array:
	var steps: PackedInt64Array = lengths.duplicate()
	steps[-1] = _unit
	_image_size = _before + _row_size + _behind
	for axis: int in range(lengths.size() - 2, -1, -1):
		steps[axis] = _image_size
		_image_size *= window.begins[axis] + lengths[axis] + window.ends[axis]
	_image_size *= _planes
	return steps


## Vectors that one stride or dilation of each axis moves by.
func _moved(by: PackedInt64Array, steps: PackedInt64Array) -> PackedInt64Array:
	var moved: PackedInt64Array = by.duplicate()
	for axis: int in by.size():
		moved[axis] *= steps[axis]
	@warning_ignore("integer_division")
	moved[-1] = maxi(1, moved[-1] / _packed)
	return moved


## Offsets of all combinations of counts, the last axis fastest.
static func _positions(counts: PackedInt64Array, steps: PackedInt64Array) -> PackedInt32Array:
	var positions: PackedInt32Array = [0]
	for axis: int in counts.size():
		var wider: PackedInt32Array = []
		for outer: int in positions:
			for i: int in counts[axis]:
				wider.append(outer + i * steps[axis])
		positions = wider
	return positions


## One product for each run of output vectors that read the same channels: for all of them, unless
## there are groups.
func _make_products(window: ONNXWindow, filters: RLFilters, steps: PackedInt64Array) -> void:
	var top: int = 0
	while top < _bias.size():
		var read: Vector2i = _channels_of(top, filters)
		var below: int = top + 1
		while below < _bias.size() and _channels_of(below, filters) == read:
			below += 1
		var offsets: PackedInt32Array = []
		# For each vector the channels and the elements of the kernel that its four weights belong to.
		var channels: Array[Vector4i] = []
		var taps: Array[Vector4i] = []
		if planar:
			_list_planar(window, steps, offsets, channels, taps)
		else:
			var spread: PackedInt32Array = _positions(window.kernel, steps)
			for tap: int in spread.size():
				for group: int in range(read.x, read.y):
					offsets.append(spread[tap] + group)
					var first: int = group * 4
					channels.append(Vector4i(first, first + 1, first + 2, first + 3))
					taps.append(Vector4i(tap, tap, tap, tap))
		var tiles: Array[Projection] = []
		for row: int in range(top, below):
			for column: int in offsets.size():
				tiles.append(_tile(filters, row * 4, channels[column], taps[column]))
		_products.append(ONNXTileProduct.new(tiles, offsets))
		_tops.append(top)
		top = below


func _list_planar(
	window: ONNXWindow,
	steps: PackedInt64Array,
	offsets: PackedInt32Array,
	channels: Array[Vector4i],
	taps: Array[Vector4i]
) -> void:
	var kernel: int = window.kernel[-1]
	var counts: PackedInt64Array = window.kernel.duplicate()
	counts[-1] = (kernel + 3) >> 2
	var spread: PackedInt32Array = _positions(counts, steps)
	@warning_ignore("integer_division")
	var plane: int = _image_size / _planes
	for channel: int in _planes:
		for i: int in spread.size():
			offsets.append(channel * plane + spread[i])
			channels.append(Vector4i(channel, channel, channel, channel))
			@warning_ignore("integer_division")
			var before: int = i / counts[-1] * kernel
			var of: Vector4i = Vector4i.ZERO
			for part: int in 4:
				var at: int = i % counts[-1] * 4 + part
				of[part] = before + at if at < kernel else -1
			taps.append(of)


## The groups of four channels, from x up to y, that the outputs of a vector read.
static func _channels_of(row: int, filters: RLFilters) -> Vector2i:
	var outputs: int = filters.bias.size()
	@warning_ignore("integer_division")
	var depth: int = filters.channels / filters.groups
	@warning_ignore("integer_division")
	var first: int = row * 4 / (outputs / filters.groups) * depth
	@warning_ignore("integer_division")
	var last: int = (mini(row * 4 + 3, outputs - 1) / (outputs / filters.groups) + 1) * depth
	return Vector2i(first >> 2, (last + 3) >> 2)


static func _tile(filters: RLFilters, output: int, channel: Vector4i, tap: Vector4i) -> Projection:
	var tile: Projection = Projection()
	for i: int in 4:
		tile[i] = Vector4(
			filters.weight(output, channel[i], tap[i]),
			filters.weight(output + 1, channel[i], tap[i]),
			filters.weight(output + 2, channel[i], tap[i]),
			filters.weight(output + 3, channel[i], tap[i])
		)
	return tile
