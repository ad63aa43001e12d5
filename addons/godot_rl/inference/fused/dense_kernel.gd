extends RefCounted
## Writes the source of dense_block.gd's subclasses, and compiles each once per process.
##
## `Projection * Vector4` is 16 multiply-adds in one native operation. It pays only if the tile is
## read in place: an element of an Array is copied first, a member variable is not. Hence one
## member a tile, and source text that names them all. 16 x 32 tiles are large enough to hide the
## call and small enough to compile in milliseconds (docs/studies/inference.md has the figures).

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXDenseBlock := preload("res://addons/godot_rl/inference/fused/dense_block.gd")

## Tiles of a block that is cut from larger weights; the largest are half as large again.
const ROWS: int = 16
const COLUMNS: int = 32

static var _scripts: Dictionary[String, GDScript] = {}


## A block without weights of [param rows] (1 to ROWS) rows of tiles; the i-th tile of a row
## multiplies the vector [code]offsets[i][/code] behind the first one (1 to COLUMNS of them). Column
## i of a tile holds the weights of its input i.
static func make(rows: int, offsets: PackedInt32Array) -> ONNXDenseBlock:
	var key: String = "%d %s" % [rows, offsets]
	if not _scripts.has(key):
		var script: GDScript = GDScript.new()
		script.source_code = source(rows, offsets)
		script.reload()
		_scripts[key] = script
	return _scripts[key].new() as ONNXDenseBlock


## The source of one subclass.
static func source(rows: int, offsets: PackedInt32Array) -> String:
	var columns: int = offsets.size()
	var lines: PackedStringArray = [
		'extends "res://addons/godot_rl/inference/fused/dense_block.gd"'
	]
	for tile: int in rows * columns:
		lines.append("var p%d: Projection" % tile)
	lines.append("func set_tiles(t: Array[Projection]) -> void:")
	for tile: int in rows * columns:
		lines.append("\tp%d = t[%d]" % [tile, tile])
	lines.append("func accumulate(x: PackedVector4Array, starts: PackedInt32Array, base: int,")
	lines.append("\t\ty: PackedVector4Array, y_from: int, y_step: int) -> void:")
	lines.append("\tvar to: int = y_from")
	lines.append("\tfor start: int in starts:")
	lines.append("\t\tvar from: int = start + base")
	for column: int in columns:
		lines.append("\t\tvar x%d: Vector4 = x[from + %d]" % [column, offsets[column]])
	for row: int in rows:
		var terms: PackedStringArray = ["y[to + %d]" % row]
		for column: int in columns:
			terms.append("p%d * x%d" % [row * columns + column, column])
		lines.append("\t\ty[to + %d] = %s" % [row, " + ".join(terms)])
	lines.append("\t\tto += y_step")
	return "\n".join(lines) + "\n"
