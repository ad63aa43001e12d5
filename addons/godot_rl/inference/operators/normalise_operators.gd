extends RefCounted
## Softmax and its kin, and normalisation by mean and variance. See ONNXOperators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXBroadcast := preload("res://addons/godot_rl/inference/operators/broadcast.gd")
const ONNXCastOperators := preload("res://addons/godot_rl/inference/operators/cast_operators.gd")
const ONNXIndexing := preload("res://addons/godot_rl/inference/operators/indexing.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var axis: Array = [ONNXOperatorSpec.attribute("axis", TYPE_INT)]
	var epsilon: Array = [ONNXOperatorSpec.attribute("epsilon", TYPE_FLOAT)]
	var of_layer: Array = [ONNXOperatorSpec.attribute("stash_type", TYPE_INT)]
	var of_batch: Array = [
		ONNXOperatorSpec.attribute("momentum", TYPE_FLOAT),
		ONNXOperatorSpec.attribute("training_mode", TYPE_INT).since(14),
	]
	var batch: ONNXOperatorSpec = ONNXOperatorSpec.new(batch_normalization, 5, epsilon + of_batch)
	return {
		"Softmax": ONNXOperatorSpec.new(softmax, 1, axis),
		"LogSoftmax": ONNXOperatorSpec.new(softmax, 1, axis),
		"Hardmax": ONNXOperatorSpec.new(softmax, 1, axis),
		"LayerNormalization":
		ONNXOperatorSpec.new(layer_normalization, 2, axis + epsilon + of_layer),
		"BatchNormalization": batch.checked_by(_check_batch_normalization),
	}


## Before opset 13 all axes from the given one on count as one (the default is 1), since then it is
## that axis alone (the default is the last).
static func softmax(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	if not input.is_real():
		return node.fail("its input is %s, not of floats" % input.describe())
	var rank: int = input.shape.size()
	var flat: bool = node.opset < 13
	var given: int = node.int_of("axis", 1 if flat else -1)
	# A flat one may begin after the last axis: rows of one.
	var axis: int = ONNXIndexing.axis_of(given, rank + int(flat and given == rank))
	if axis == ONNXIndexing.NO_AXIS:
		return node.fail("axis %d of %s" % [given, input.describe()])
	if flat:
		var length: int = ONNXTensor.count(input.shape.slice(axis))
		return [_softmax_rows(node.op_type, input, length)]
	var rows: ONNXTensor = ONNXIndexing.with_last(input, [axis])
	var result: ONNXTensor = _softmax_rows(node.op_type, rows, input.shape[axis])
	return [ONNXIndexing.with_back(result, [axis])]


static func _softmax_rows(operation: String, tensor: ONNXTensor, length: int) -> ONNXTensor:
	var values: Variant = tensor.values()
	var result: Variant = values.duplicate()
	var size: int = tensor.size()
	for from: int in range(0, size, maxi(1, length)):
		var top: float = values[from]
		var top_at: int = from
		for i: int in range(from + 1, from + length):
			if values[i] > top:
				top = values[i]
				top_at = i
		var sum: float = 0.0
		for i: int in range(from, from + length):
			sum += exp(values[i] - top)
		match operation:
			"Softmax":
				for i: int in range(from, from + length):
					result[i] = exp(values[i] - top) / sum
			"LogSoftmax":
				for i: int in range(from, from + length):
					result[i] = values[i] - top - log(sum)
			_:
				for i: int in range(from, from + length):
					result[i] = 1.0 if i == top_at else 0.0
	return ONNXTensor.of_values(result, tensor.shape, tensor.dtype)


static func layer_normalization(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var x: ONNXTensor = inputs[0]
	var axis: int = ONNXIndexing.axis_of(node.int_of("axis", -1), x.shape.size())
	if axis == ONNXIndexing.NO_AXIS or not x.is_real():
		return node.fail("axis %d of %s" % [node.int_of("axis", -1), x.describe()])
	var within: PackedInt64Array = x.shape.slice(axis)
	var length: int = ONNXTensor.count(within)
	var factors: Array[PackedFloat64Array] = []
	for i: int in [1, 2]:
		var factor: ONNXTensor = inputs[i] if i < inputs.size() else null
		if factor == null:
			factors.append(PackedFloat64Array())
			continue
		if not factor.is_real() or ONNXBroadcast.shape_of(factor.shape, within) != within:
			return node.fail("%s does not broadcast to %s" % [factor.describe(), within])
		factor = ONNXCastOperators.converted(factor, ONNXTensor.DOUBLE)
		factors.append(ONNXBroadcast.expand(factor, within).doubles)
	var values: Variant = x.values()
	var result: Variant = values.duplicate()
	var stash_shape: PackedInt64Array = x.shape.duplicate()
	for i: int in range(axis, stash_shape.size()):
		stash_shape[i] = 1
	var means: PackedFloat32Array = []
	var inverses: PackedFloat32Array = []
	var epsilon: float = node.float_of("epsilon", 1e-5)
	for from: int in range(0, x.size(), maxi(1, length)):
		var mean: float = 0.0
		for i: int in range(from, from + length):
			mean += values[i]
		mean /= length
		var variance: float = 0.0
		for i: int in range(from, from + length):
			var deviation: float = values[i] - mean
			variance += deviation * deviation
		var inverse: float = 1.0 / sqrt(variance / length + epsilon)
		means.append(mean)
		inverses.append(inverse)
		for i: int in length:
			var shift: float = factors[1][i] if not factors[1].is_empty() else 0.0
			result[from + i] = (values[from + i] - mean) * inverse * factors[0][i] + shift
	return [
		ONNXTensor.of_values(result, x.shape, x.dtype),
		ONNXTensor.of_floats(means, stash_shape),
		ONNXTensor.of_floats(inverses, stash_shape),
	]


static func _check_batch_normalization(node: ONNXNode) -> String:
	if node.int_of("training_mode", 0) == 0 and node.outputs.size() == 1:
		return ""
	return "it is in training mode; export the model for inference"


## With the stored mean and variance of each channel (axis 1).
static func batch_normalization(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var x: ONNXTensor = inputs[0]
	var channels: int = x.shape[1] if x.shape.size() > 1 else 1
	for input: ONNXTensor in inputs:
		if not input.is_real() or (input != x and input.size() != channels):
			return node.fail("%s does not go with %s" % [input.describe(), x.describe()])
	var run: int = ONNXTensor.count(x.shape.slice(2))
	var epsilon: float = node.float_of("epsilon", 1e-5)
	var values: Variant = x.values()
	var result: Variant = values.duplicate()
	@warning_ignore("integer_division")
	for block: int in x.size() / maxi(1, run):
		var channel: int = block % channels
		var variance: float = inputs[4].values()[channel]
		var factor: float = inputs[1].values()[channel] / sqrt(variance + epsilon)
		var mean: float = inputs[3].values()[channel]
		var shift: float = inputs[2].values()[channel]
		for i: int in range(block * run, (block + 1) * run):
			result[i] = (values[i] - mean) * factor + shift
	return [ONNXTensor.of_values(result, x.shape, x.dtype)]
