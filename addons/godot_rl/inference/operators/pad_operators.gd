extends RefCounted
## Pad, in its four modes. See ONNXOperators.

const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const INTS: int = TYPE_PACKED_INT64_ARRAY


## ONNX name -> [function, number of inputs it cannot do without, attributes, further check].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var attributes: Array = [
		ONNXOperatorSpec.attribute("mode", TYPE_STRING),
		ONNXOperatorSpec.attribute("pads", INTS).since(2).until(10).required(),
		ONNXOperatorSpec.attribute("value", TYPE_FLOAT).until(10),
	]
	return {"Pad": ONNXOperatorSpec.new(pad, 1, attributes).checked_by(_check_pad)}


## Pads are an attribute before opset 11, an input since; negative ones cut.
static func pad(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var rank: int = inputs[0].shape.size()
	var given: PackedInt64Array = node.ints_of("pads")
	if inputs.size() > 1 and inputs[1] != null:
		given = inputs[1].ints
	var named: PackedInt64Array = PackedInt64Array(range(rank))
	if inputs.size() > 3 and inputs[3] != null:
		named = inputs[3].ints
	var found: Variant = ONNXIndexing.axes_of(named, rank)
	var mode: String = node.text_of("mode", "constant")
	if found == null or given.size() != 2 * named.size():
		return node.fail("pads %s on axes %s of %s" % [given, named, inputs[0].describe()])
	var stride: PackedInt64Array = ONNXIndexing.strides(inputs[0].shape)
	var axes: PackedInt64Array = found
	var shape: PackedInt64Array = []
	var offsets: Array[PackedInt64Array] = []
	# Positions outside of a constant's border count as this far away.
	var outside: int = inputs[0].size() + 1
	for axis: int in rank:
		var at: int = axes.find(axis)
		var before: int = given[at] if at >= 0 else 0
		var after: int = given[at + axes.size()] if at >= 0 else 0
		var bound: int = ONNXTensor.TOO_MANY
		var length: int = inputs[0].shape[axis] + before + after
		if absi(before) > bound or absi(after) > bound or length < 0 or length > bound:
			return node.fail("pads %s of %s" % [given, inputs[0].describe()])
		if inputs[0].shape[axis] == 0 and mode != "constant" and length > 0:
			return node.fail("nothing to repeat in %s" % inputs[0].describe())
		shape.append(length)
		if ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
			return node.fail("the shape %s is too large" % shape)
		var along: PackedInt64Array = []
		for i: int in length:
			var source: int = _padded(i - before, inputs[0].shape[axis], mode)
			along.append(outside if source < 0 else source * stride[axis])
		offsets.append(along)
	var sources: PackedInt64Array = ONNXIndexing.sums(offsets)
	if mode != "constant":
		return [inputs[0].take(sources, shape)]
	return _padded_with(node, inputs, sources, shape)


static func _check_pad(node: ONNXNode) -> String:
	var mode: String = node.text_of("mode", "constant")
	var known: bool = (
		mode in ["constant", "reflect", "edge"] or (mode == "wrap" and node.opset > 18)
	)
	return "" if known else "its attribute 'mode' is '%s'" % mode


## Where position [param at] of a padded axis comes from; -1 for a constant's border.
static func _padded(at: int, length: int, mode: String) -> int:
	match mode:
		"edge":
			return clampi(at, 0, length - 1)
		"wrap":
			return posmod(at, length)
		"reflect":
			var period: int = maxi(1, 2 * (length - 1))
			var place: int = posmod(at, period)
			return place if place < length else period - place
	return at if at >= 0 and at < length else -1


static func _padded_with(
	node: ONNXNode, inputs: Array[ONNXTensor], sources: PackedInt64Array, shape: PackedInt64Array
) -> Array[ONNXTensor]:
	var result: Variant = ONNXTensor.zeros(inputs[0].dtype, sources.size())
	var values: Variant = inputs[0].values()
	var fill: Variant = node.float_of("value", 0.0)
	if inputs.size() > 2 and inputs[2] != null:
		if inputs[2].size() != 1 or inputs[2].dtype != inputs[0].dtype:
			return node.fail("the value is %s, not one of its type" % inputs[2].describe())
		fill = inputs[2].values()[0]
	var count: int = len(values)
	for i: int in sources.size():
		result[i] = values[sources[i]] if sources[i] < count else fill
	return [ONNXTensor.of_values(result, shape, inputs[0].dtype)]
