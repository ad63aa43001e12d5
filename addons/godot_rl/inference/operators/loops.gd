extends RefCounted
## Elementwise loops, written as source text from an expression and compiled once per process.
##
## A call for each element costs 4 times as much as the expression in the loop itself, and a loop
## written out for each operator and each type would be a thousand lines. In an expression `v` and
## `w` are an element of the first and of the second operand, `a` and `b` are parameters. It knows
## nothing of operators or shapes.

const ARRAYS: Dictionary[int, String] = {
	TYPE_PACKED_FLOAT32_ARRAY: "PackedFloat32Array",
	TYPE_PACKED_FLOAT64_ARRAY: "PackedFloat64Array",
	TYPE_PACKED_INT64_ARRAY: "PackedInt64Array",
}
# What every script starts with; an expression may call the special functions.
const HEAD: String = """extends RefCounted
const ONNXSpecialFunctions := preload(
	"res://addons/godot_rl/inference/operators/special_functions.gd"
)
"""
const UNARY: String = """static func run(x: %s, y: %s, a: float, b: float) -> void:
	@warning_ignore_start("integer_division")
	for i: int in x.size():
		var v: %s = x[i]
		y[i] = %s
"""
# In place, on vectors `t`.
const VECTORS: String = """static func run(x: PackedVector4Array, a: float, b: float) -> void:
	for i: int in x.size():
		var t: Vector4 = x[i]
%s		x[i] = %s
"""
# Of each run of n elements one number.
const ROWS: String = """static func run(x: %s, y: %s, n: int) -> void:
	@warning_ignore_start("integer_division")
	for row: int in y.size():
		var r: %s = %s
		for i: int in n:
			var v: %s = x[row * n + i]
			r = %s
		y[row] = %s
"""
# A step of 0 stays at the only element of a scalar.
const BINARY: String = """static func run(x: %s, x_step: int, z: %s, z_step: int, y: %s) -> void:
	@warning_ignore_start("integer_division")
	for i: int in y.size():
		var v: %s = x[i * x_step]
		var w: %s = z[i * z_step]
		y[i] = %s
"""

static var _scripts: Dictionary[String, GDScript] = {}


## Writes the expression of each element of [param x] into [param y], packed arrays of one length.
static func unary(
	expression: String, x: Variant, y: Variant, a: float = 0.0, b: float = 0.0
) -> void:
	var x_array: String = ARRAYS[typeof(x)]
	var source: String = UNARY % [x_array, ARRAYS[typeof(y)], _element(typeof(x)), expression]
	_script(source).call("run", x, y, a, b)


## Writes the expression of each pair of elements into [param y]; [param x] and [param z] hold as
## many elements as y, or one.
static func binary(expression: String, x: Variant, z: Variant, y: Variant) -> void:
	var x_size: int = len(x)
	var z_size: int = len(z)
	var source: String = (
		BINARY
		% [
			ARRAYS[typeof(x)],
			ARRAYS[typeof(z)],
			ARRAYS[typeof(y)],
			_element(typeof(x)),
			_element(typeof(z)),
			expression,
		]
	)
	_script(source).call("run", x, int(x_size > 1), z, int(z_size > 1), y)


## Makes one number of each [param length] elements: `r` begins as [param first], each element `v`
## makes it [param step], and [param finish], of the last `r` and `n` = length, is written.
static func rows(
	first: String, step: String, finish: String, x: Variant, y: Variant, length: int
) -> void:
	var element: String = _element(typeof(x))
	var source: String = (
		ROWS % [ARRAYS[typeof(x)], ARRAYS[typeof(y)], element, first, element, step, finish]
	)
	_script(source).call("run", x, y, length)


## A loop over vectors in place, of an expression of `t`, the vector: to be called with a
## PackedVector4Array, `a` and `b`.
static func vectors(expression: String, before: String = "") -> Callable:
	return Callable(_script(VECTORS % [before, expression]), "run")


## The same of an expression of `v`, one component.
static func components(expression: String) -> Callable:
	var lines: String = "\t\tvar v: float = 0.0\n"
	for component: String in ["x", "y", "z", "w"]:
		lines += "\t\tv = t.%s\n\t\tvar %s_: float = %s\n" % [component, component, expression]
	return vectors("Vector4(x_, y_, z_, w_)", lines)


static func _element(array_type: int) -> String:
	return "int" if array_type == TYPE_PACKED_INT64_ARRAY else "float"


static func _script(source: String) -> GDScript:
	if not _scripts.has(source):
		var script: GDScript = GDScript.new()
		script.source_code = HEAD + source
		script.reload()
		_scripts[source] = script
	return _scripts[source]
