extends "res://addons/godot_rl/inference/fused/stage.gd"
## y = W x + b with constant W and b. ONNXChain and the recurrent layers make and call it.

const ONNXTileProduct := preload("res://addons/godot_rl/inference/fused/tile_product.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")

## Columns of its input and of its output.
var inputs: int = 0
var outputs: int = 0

var _product: ONNXTileProduct
var _bias: PackedVector4Array = []
## Vectors of a row of its input.
var _width: int = 0
## Where the rows of the last batch begin, and its biases, one after another.
var _starts: PackedInt32Array = []
var _biases: PackedVector4Array = []


## Takes a bias of one number an output, and row-major weights: a row an output, or a row an input
## when [param by_input].
func _init(weights: PackedFloat32Array, bias: PackedFloat32Array, by_input: bool) -> void:
	outputs = bias.size()
	@warning_ignore("integer_division")
	inputs = weights.size() / outputs
	_bias = ONNXVectors.rows(bias, outputs)
	@warning_ignore("integer_division")
	_width = (inputs + 3) / 4
	var height: int = _bias.size()
	var vectors: PackedVector4Array = ONNXVectors.rows(weights, outputs if by_input else inputs)
	vectors.resize(height * _width * 4)
	var tiles: Array[Projection] = []
	for y: int in height:
		for x: int in _width:
			if by_input:
				tiles.append(_tile(vectors, height, x, y))
			else:
				tiles.append(_turned_tile(vectors, _width, y, x))
	_product = ONNXTileProduct.new(tiles, PackedInt32Array(range(_width)))


func apply(x: PackedVector4Array, rows: int) -> PackedVector4Array:
	_prepare(rows)
	var y: PackedVector4Array = _biases.duplicate()
	_product.accumulate(x, _starts, y, 0, _bias.size())
	return y


## Adds W x to [param y], without the bias.
func accumulate(x: PackedVector4Array, rows: int, y: PackedVector4Array) -> void:
	_prepare(rows)
	_product.accumulate(x, _starts, y, 0, _bias.size())


func _prepare(rows: int) -> void:
	if _starts.size() == rows:
		return
	_starts = PackedInt32Array(range(0, rows * _width, _width))
	_biases = PackedVector4Array()
	for row: int in rows:
		_biases.append_array(_bias)


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
