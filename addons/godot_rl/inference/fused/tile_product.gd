extends RefCounted
## y += W x for constant weights W, cut into 4 x 4 tiles and these into ONNXDenseBlocks. Dense,
## convolutional and recurrent layers make one or more of these at load.

const ONNXDenseBlock := preload("res://addons/godot_rl/inference/fused/dense_block.gd")
const ONNXDenseKernel := preload("res://addons/godot_rl/inference/fused/dense_kernel.gd")

var _blocks: Array[ONNXDenseBlock] = []
## For each block: where its first input and its first output stand.
var _bases: PackedInt32Array = []
var _tops: PackedInt32Array = []


## Takes [param tiles] row by row, [code]offsets.size()[/code] to a row; the i-th of a row
## multiplies the input vector at [code]offsets[i][/code].
func _init(tiles: Array[Projection], offsets: PackedInt32Array) -> void:
	var columns: int = offsets.size()
	@warning_ignore("integer_division")
	var rows: int = tiles.size() / maxi(1, columns)
	var height: int = _part(rows, ONNXDenseKernel.ROWS)
	var width: int = _part(columns, ONNXDenseKernel.COLUMNS)
	for top: int in range(0, rows, height):
		var below: int = mini(top + height, rows)
		for left: int in range(0, columns, width):
			var right: int = mini(left + width, columns)
			var relative: PackedInt32Array = []
			for column: int in range(left, right):
				relative.append(offsets[column] - offsets[left])
			var block: ONNXDenseBlock = ONNXDenseKernel.make(below - top, relative)
			var part: Array[Projection] = []
			for row: int in range(top, below):
				part.append_array(tiles.slice(row * columns + left, row * columns + right))
			block.set_tiles(part)
			_blocks.append(block)
			_bases.append(offsets[left])
			_tops.append(top)


## Adds W x to one output for each of [param starts]: the n-th reads x from vector starts[n] on, and
## is added to y from vector [param y_from] + n * [param y_step] on.
func accumulate(
	x: PackedVector4Array, starts: PackedInt32Array, y: PackedVector4Array, y_from: int, y_step: int
) -> void:
	for i: int in _blocks.size():
		_blocks[i].accumulate(x, starts, _bases[i], y, y_from + _tops[i], y_step)


## The size of parts of about [param wanted] that a length is cut into evenly.
static func _part(length: int, wanted: int) -> int:
	return ceili(float(length) / maxi(1, roundi(float(length) / wanted)))
