extends RefCounted
## Operators that make one number of many: Reduce*, ArgMax and ArgMin. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXCastOperators := preload("res://addons/godot_rl/inference/operators/cast_operators.gd")
const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXLoops := preload("res://addons/godot_rl/inference/operators/loops.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Axes became an input: ReduceSum in opset 13, the others in 18.
const AXES_INPUT: int = 18
const INTS: int = TYPE_PACKED_INT64_ARRAY
## Operator -> [first value, step with the value so far `r` and an element `v`, what becomes of r]
## for floats; `n` is the number of elements.
const REDUCTIONS: Dictionary[String, PackedStringArray] = {
	"ReduceL1": ["0.0", "r + absf(v)", "r"],
	"ReduceL2": ["0.0", "r + v * v", "sqrt(r)"],
	"ReduceLogSum": ["0.0", "r + v", "log(r)"],
	"ReduceMax": ["-INF", "v if v > r or is_nan(v) else r", "r"],
	"ReduceMean": ["0.0", "r + v", "r / n"],
	"ReduceMin": ["INF", "v if v < r or is_nan(v) else r", "r"],
	"ReduceProd": ["1.0", "r * v", "r"],
	"ReduceSum": ["0.0", "r + v", "r"],
	"ReduceSumSquare": ["0.0", "r + v * v", "r"],
}
const OF_INTEGERS: Dictionary[String, PackedStringArray] = {
	"ReduceL1": ["0", "r + absi(v)", "r"],
	"ReduceL2": ["0", "r + v * v", "int(sqrt(r))"],
	"ReduceMax": ["-0x7fffffffffffffff - 1", "maxi(r, v)", "r"],
	"ReduceMean": ["0", "r + v", "r / n if n > 0 else 0"],
	"ReduceMin": ["0x7fffffffffffffff", "mini(r, v)", "r"],
	"ReduceProd": ["1", "r * v", "r"],
	"ReduceSum": ["0", "r + v", "r"],
	"ReduceSumSquare": ["0", "r + v * v", "r"],
}


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var keepdims: ONNXOperatorSpec.RLAttribute = ONNXOperatorSpec.attribute("keepdims", TYPE_INT)
	var specs: Dictionary[String, ONNXOperatorSpec] = {}
	for name: String in REDUCTIONS.keys() + ["ReduceLogSumExp"]:
		var since: int = 13 if name == "ReduceSum" else AXES_INPUT
		var attributes: Array = [
			keepdims,
			ONNXOperatorSpec.attribute("axes", INTS).until(since - 1),
			ONNXOperatorSpec.attribute("noop_with_empty_axes", TYPE_INT).since(since),
		]
		specs[name] = ONNXOperatorSpec.new(reduce, 1, attributes)
	for name: String in ["ArgMax", "ArgMin"]:
		var attributes: Array = [
			keepdims,
			ONNXOperatorSpec.attribute("axis", TYPE_INT),
			ONNXOperatorSpec.attribute("select_last_index", TYPE_INT).since(12),
		]
		specs[name] = ONNXOperatorSpec.new(arg_extreme, 1, attributes)
	return specs


static func reduce(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	var rank: int = input.shape.size()
	var given: PackedInt64Array = node.ints_of("axes")
	if inputs.size() > 1 and inputs[1] != null:
		given = inputs[1].ints
	if given.is_empty() and node.int_of("noop_with_empty_axes", 0) == 0:
		given = PackedInt64Array(range(rank))
	var found: Variant = ONNXIndexing.axes_of(given, rank)
	if found == null:
		return node.fail("axes %s of %s" % [given, input.describe()])
	var axes: PackedInt64Array = found
	axes.sort()
	var kept: PackedInt64Array = []
	var shape: PackedInt64Array = []
	for axis: int in rank:
		if not axes.has(axis):
			kept.append(input.shape[axis])
			shape.append(input.shape[axis])
		elif node.int_of("keepdims", 1) != 0:
			shape.append(1)
	var length: int = ONNXTensor.count(ONNXIndexing.lengths(input.shape, axes))
	var rows: ONNXTensor = ONNXIndexing.with_last(input, axes)
	var result: Variant = ONNXTensor.zeros(input.dtype, ONNXTensor.count(kept))
	if node.op_type == "ReduceLogSumExp":
		return _log_sum_exp(node, rows, length, shape)
	var steps: PackedStringArray = (
		REDUCTIONS[node.op_type]
		if input.is_real()
		else OF_INTEGERS.get(node.op_type, PackedStringArray())
	)
	if steps.is_empty():
		return node.fail("its input is %s, not of floats" % input.describe())
	# The greatest of no booleans is false.
	var first: String = "0" if input.dtype == ONNXTensor.BOOL and length == 0 else steps[0]
	if node.op_type == "ReduceMin":
		first = steps[0]
	ONNXLoops.rows(first, steps[1], steps[2], rows.values(), result, length)
	var tensor: ONNXTensor = ONNXTensor.of_values(result, shape, input.dtype)
	ONNXCastOperators.keep_in_range(tensor.ints, tensor.dtype)
	return [tensor]


static func arg_extreme(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", 0), input.shape.size())
	if axis == ONNXIndexing.NO_AXIS or input.shape[axis] == 0:
		return node.fail("axis %d of %s" % [node.int_of("axis", 0), input.describe()])
	var length: int = input.shape[axis]
	var rows: Variant = ONNXIndexing.with_last(input, [axis]).values()
	var shape: PackedInt64Array = input.shape.duplicate()
	shape[axis] = 1
	var result: PackedInt64Array = []
	result.resize(ONNXTensor.count(shape))
	var largest: bool = node.op_type == "ArgMax"
	var last: bool = node.int_of("select_last_index", 0) != 0
	for row: int in result.size():
		var best: Variant = rows[row * length]
		for i: int in range(1, length):
			var value: Variant = rows[row * length + i]
			if (value > best if largest else value < best) or (last and value == best):
				best = value
				result[row] = i
	if node.int_of("keepdims", 1) == 0:
		shape.remove_at(axis)
	return [ONNXTensor.of_ints(result, shape)]


static func _log_sum_exp(
	node: ONNXNode, rows: ONNXTensor, length: int, shape: PackedInt64Array
) -> Array[ONNXTensor]:
	if not rows.is_real():
		return node.fail("its input is %s, not of floats" % rows.describe())
	var values: Variant = rows.values()
	var result: Variant = ONNXTensor.zeros(rows.dtype, ONNXTensor.count(shape))
	for row: int in len(result):
		var top: float = -INF
		for i: int in length:
			top = maxf(top, values[row * length + i])
		var sum: float = 0.0
		for i: int in length:
			sum += exp(values[row * length + i] - top)
		result[row] = top + log(sum) if length > 0 and top != -INF else top
	return [ONNXTensor.of_values(result, shape, rows.dtype)]
