class_name ONNXDenseLayer
extends ONNXStage
## y = W x + b with constant W and b, cut into ONNXDenseBlocks. ONNXChain makes and calls it.

## Columns of its input and of its output.
var inputs: int = 0
var outputs: int = 0

var _x_blocks: int = 0
var _bias: Array[PackedVector4Array] = []
var _blocks: Array[ONNXDenseBlock] = []


## Takes a bias of one number an output, and row-major weights: a row an output, or a row an input
## when [param by_input].
func _init(weights: PackedFloat32Array, bias: PackedFloat32Array, by_input: bool) -> void:
	outputs = bias.size()
	@warning_ignore("integer_division")
	inputs = weights.size() / outputs
	var padded_bias: PackedVector4Array = ONNXVectors.rows(bias, outputs)
	@warning_ignore("integer_division")
	var x_tiles: int = (inputs + 3) / 4
	var y_tiles: int = padded_bias.size()
	var vectors: PackedVector4Array = ONNXVectors.rows(weights, outputs if by_input else inputs)
	vectors.resize(y_tiles * x_tiles * 4)
	for y_from: int in range(0, y_tiles, ONNXDenseKernel.SIDE):
		var y_to: int = mini(y_from + ONNXDenseKernel.SIDE, y_tiles)
		_bias.append(padded_bias.slice(y_from, y_to))
		for x_from: int in range(0, x_tiles, ONNXDenseKernel.SIDE):
			var x_to: int = mini(x_from + ONNXDenseKernel.SIDE, x_tiles)
			var block: ONNXDenseBlock = ONNXDenseKernel.make(y_to - y_from, x_to - x_from)
			var tiles: Array[Projection] = []
			for y: int in range(y_from, y_to):
				for x: int in range(x_from, x_to):
					if by_input:
						tiles.append(_tile(vectors, y_tiles, x, y))
					else:
						tiles.append(_turned_tile(vectors, x_tiles, y, x))
			block.set_tiles(tiles)
			_blocks.append(block)
	@warning_ignore("integer_division")
	_x_blocks = _blocks.size() / _bias.size()


func apply(blocks: Array[PackedVector4Array], rows: int) -> Array[PackedVector4Array]:
	var result: Array[PackedVector4Array] = []
	var next: int = 0
	for bias: PackedVector4Array in _bias:
		var y_from: int = result.size()
		for row: int in rows:
			result.append(bias.duplicate())
		for x_block: int in _x_blocks:
			_blocks[next].accumulate(blocks, x_block * rows, result, y_from, rows)
			next += 1
	return result


## Four rows from row 4 * row on, at vector [param column] of each.
static func _tile(vectors: PackedVector4Array, width: int, row: int, column: int) -> Projection:
	var at: int = row * 4 * width + column
	return Projection(
		vectors[at], vectors[at + width], vectors[at + 2 * width], vectors[at + 3 * width]
	)


## The same, transposed.
static func _turned_tile(
	vectors: PackedVector4Array, width: int, row: int, column: int
) -> Projection:
	var at: int = row * 4 * width + column
	var a: Vector4 = vectors[at]
	var b: Vector4 = vectors[at + width]
	var c: Vector4 = vectors[at + 2 * width]
	var d: Vector4 = vectors[at + 3 * width]
	return Projection(
		Vector4(a.x, b.x, c.x, d.x),
		Vector4(a.y, b.y, c.y, d.y),
		Vector4(a.z, b.z, c.z, d.z),
		Vector4(a.w, b.w, c.w, d.w)
	)
