class_name ONNXDenseKernel
extends RefCounted
## Writes the source of ONNXDenseBlock's subclasses, and compiles each size once per process.
##
## `Projection * Vector4` is 16 multiply-adds in one native operation. It pays only if the tile is
## read in place: an element of an Array is copied first, a member variable is not. Hence one
## member a tile, and source text that names them all. 16 x 16 tiles are large enough to hide the
## call and small enough to compile in milliseconds (docs/inference.md has the figures).

## Tiles along each side of the largest block.
const SIDE: int = 16

static var _scripts: Dictionary[Vector2i, GDScript] = {}


## A block without weights of [param rows] x [param columns] tiles, 1 to SIDE each. Column i of a
## tile holds the weights of its input i.
static func make(rows: int, columns: int) -> ONNXDenseBlock:
	var size: Vector2i = Vector2i(rows, columns)
	if not _scripts.has(size):
		var script: GDScript = GDScript.new()
		script.source_code = source(rows, columns)
		script.reload()
		_scripts[size] = script
	return _scripts[size].new() as ONNXDenseBlock


## The source of one subclass.
static func source(rows: int, columns: int) -> String:
	var lines: PackedStringArray = ["extends ONNXDenseBlock"]
	for tile: int in rows * columns:
		lines.append("var p%d: Projection" % tile)
	lines.append("func set_tiles(t: Array[Projection]) -> void:")
	for tile: int in rows * columns:
		lines.append("\tp%d = t[%d]" % [tile, tile])
	lines.append("func accumulate(xs: Array[PackedVector4Array], x_from: int,")
	lines.append("\t\tys: Array[PackedVector4Array], y_from: int, count: int) -> void:")
	lines.append("\tfor n: int in count:")
	lines.append("\t\tvar x: PackedVector4Array = xs[x_from + n]")
	lines.append("\t\tvar y: PackedVector4Array = ys[y_from + n]")
	for column: int in columns:
		lines.append("\t\tvar x%d: Vector4 = x[%d]" % [column, column])
	for row: int in rows:
		var terms: PackedStringArray = ["y[%d]" % row]
		for column: int in columns:
			terms.append("p%d * x%d" % [row * columns + column, column])
		lines.append("\t\ty[%d] = %s" % [row, " + ".join(terms)])
	return "\n".join(lines) + "\n"
