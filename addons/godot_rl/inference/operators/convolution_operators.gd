extends RefCounted
## Convolutions and poolings on tensors [batch, channels, lengths ...]. A Conv with constant weights
## does not come here: ONNXPlan gives it, and what follows it, to an ONNXImageChain. See
## ONNXOperators.

const ONNXConvLayer := preload("res://addons/godot_rl/inference/fused/conv_layer.gd")
const ONNXImage := preload("res://addons/godot_rl/inference/fused/image.gd")
const ONNXImageStage := preload("res://addons/godot_rl/inference/fused/image_stage.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXPoolLayer := preload("res://addons/godot_rl/inference/fused/pool_layer.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## See ONNXOperators.
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var window: Array = [
		ONNXOperatorSpec.attribute("auto_pad", TYPE_STRING),
		ONNXOperatorSpec.attribute("pads", TYPE_PACKED_INT64_ARRAY),
		ONNXOperatorSpec.attribute("strides", TYPE_PACKED_INT64_ARRAY),
	]
	var of_conv: Array = [
		ONNXOperatorSpec.attribute("kernel_shape", TYPE_PACKED_INT64_ARRAY),
		ONNXOperatorSpec.attribute("dilations", TYPE_PACKED_INT64_ARRAY),
		ONNXOperatorSpec.attribute("group", TYPE_INT),
	]
	var of_pool: Array = [
		ONNXOperatorSpec.attribute("kernel_shape", TYPE_PACKED_INT64_ARRAY).required(),
		ONNXOperatorSpec.attribute("ceil_mode", TYPE_INT).since(10),
	]
	var of_max: Array = [
		ONNXOperatorSpec.attribute("dilations", TYPE_PACKED_INT64_ARRAY).since(10),
		ONNXOperatorSpec.attribute("storage_order", TYPE_INT),
	]
	var of_average: Array = [
		ONNXOperatorSpec.attribute("dilations", TYPE_PACKED_INT64_ARRAY).since(19),
		ONNXOperatorSpec.attribute("count_include_pad", TYPE_INT),
	]
	return {
		"Conv": ONNXOperatorSpec.new(conv, 2, window + of_conv),
		"MaxPool": ONNXOperatorSpec.new(max_pool, 1, window + of_pool + of_max),
		"AveragePool": ONNXOperatorSpec.new(pool, 1, window + of_pool + of_average),
		"GlobalAveragePool": ONNXOperatorSpec.new(pool, 1),
		"GlobalMaxPool": ONNXOperatorSpec.new(pool, 1),
	}


static func conv(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var bias: ONNXTensor = inputs[2] if inputs.size() > 2 else null
	if not inputs[0].is_float():
		return node.fail("its input is %s, not float32" % inputs[0].describe())
	return _applied(ONNXConvLayer.make(node, inputs[1], bias), inputs[0])


static func pool(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	if not inputs[0].is_float():
		return node.fail("its input is %s, not float32" % inputs[0].describe())
	return _applied(ONNXPoolLayer.make(node), inputs[0])


## MaxPool, of 8-bit integers too, and with the positions of the maxima as a second output.
static func max_pool(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var type: int = inputs[0].dtype
	if type not in [ONNXTensor.FLOAT, ONNXTensor.UINT8, ONNXTensor.INT8]:
		return node.fail("its input is %s" % inputs[0].describe())
	var layer: ONNXPoolLayer = ONNXPoolLayer.make(node)
	var results: Array[ONNXTensor] = _applied(layer, inputs[0])
	if results.is_empty():
		return results
	if node.outputs.size() > 1:
		results.append(_indices(node, layer, inputs[0], results[0].shape))
	if type != ONNXTensor.FLOAT:
		var ints: PackedInt64Array = PackedInt64Array(Array(results[0].floats))
		results[0] = ONNXTensor.of_ints(ints, results[0].shape, type)
	return results


static func _applied(layer: ONNXImageStage, tensor: ONNXTensor) -> Array[ONNXTensor]:
	var image: ONNXImage = null
	if layer != null:
		image = layer.apply_tensor(tensor)
	var results: Array[ONNXTensor] = []
	if image != null:
		results.append(image.to_tensor())
	return results


## Where in the whole input each maximum stands; with storage_order 1 the last spatial axis counts
## slowest.
static func _indices(
	node: ONNXNode, layer: ONNXPoolLayer, tensor: ONNXTensor, shape: PackedInt64Array
) -> ONNXTensor:
	var lengths: PackedInt64Array = tensor.shape.slice(2)
	var positions: int = ONNXTensor.count(lengths)
	var places: PackedInt64Array = PackedInt64Array(range(positions))
	if node.int_of("storage_order", 0) != 0:
		for place: int in positions:
			var rest: int = place
			var turned: int = 0
			for axis: int in range(lengths.size() - 1, -1, -1):
				turned = turned * lengths[axis] + rest % lengths[axis]
				@warning_ignore("integer_division")
				rest /= lengths[axis]
			places[place] = turned
	var values: Array = Array(tensor.floats) if tensor.is_float() else Array(tensor.ints)
	var indices: PackedInt64Array = []
	for plane: int in tensor.shape[0] * tensor.shape[1]:
		for taps: PackedInt32Array in layer.read_positions():
			var best: int = -1
			for tap: int in taps:
				if best < 0 or values[plane * positions + tap] > values[plane * positions + best]:
					best = tap
			indices.append(plane * positions + places[maxi(best, 0)])
	return ONNXTensor.of_ints(indices, shape)
