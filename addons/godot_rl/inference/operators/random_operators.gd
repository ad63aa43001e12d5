extends RefCounted
## Operators that draw random numbers, as exports of sampling policies hold them. See ONNXOperators.
##
## A node draws from a generator of its own, seeded once: by its attribute `seed`, else from the
## engine's global generator (so `seed()` before the model is loaded makes runs equal). Other
## implementations draw other numbers of the same distribution.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const INTS: int = TYPE_PACKED_INT64_ARRAY


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var any: Array = [
		ONNXOperatorSpec.attribute("seed", TYPE_FLOAT),
		ONNXOperatorSpec.attribute("dtype", TYPE_INT),
	]
	var of_normal: Array = [
		ONNXOperatorSpec.attribute("mean", TYPE_FLOAT),
		ONNXOperatorSpec.attribute("scale", TYPE_FLOAT),
	]
	var of_uniform: Array = [
		ONNXOperatorSpec.attribute("low", TYPE_FLOAT),
		ONNXOperatorSpec.attribute("high", TYPE_FLOAT),
	]
	var shape: Array = [ONNXOperatorSpec.attribute("shape", INTS).required()]
	var sample_size: Array = [ONNXOperatorSpec.attribute("sample_size", TYPE_INT)]
	return {
		"RandomNormal": ONNXOperatorSpec.new(normal_values, 0, any + of_normal + shape),
		"RandomNormalLike": ONNXOperatorSpec.new(normal_values, 1, any + of_normal),
		"RandomUniform": ONNXOperatorSpec.new(uniform_values, 0, any + of_uniform + shape),
		"RandomUniformLike": ONNXOperatorSpec.new(uniform_values, 1, any + of_uniform),
		"Bernoulli": ONNXOperatorSpec.new(bernoulli, 1, any),
		"Multinomial": ONNXOperatorSpec.new(multinomial, 1, any + sample_size),
	}


static func normal_values(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var generator: RandomNumberGenerator = generator_of(node)
	var mean: float = node.float_of("mean", 0.0)
	var scale: float = node.float_of("scale", 1.0)
	return _filled(node, inputs, func() -> float: return generator.randfn(mean, scale))


static func uniform_values(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var generator: RandomNumberGenerator = generator_of(node)
	var low: float = node.float_of("low", 0.0)
	var width: float = node.float_of("high", 1.0) - low
	return _filled(node, inputs, func() -> float: return low + width * generator.randf())


## 1 with the probability that the input names, else 0.
static func bernoulli(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var type: int = node.int_of("dtype", inputs[0].dtype)
	if not inputs[0].is_real() or not ONNXTensor.holds(type):
		return node.fail("%s to %s" % [inputs[0].describe(), ONNXTensor.type_name(type)])
	var generator: RandomNumberGenerator = generator_of(node)
	var chances: Variant = inputs[0].values()
	var result: Variant = ONNXTensor.zeros(type, inputs[0].size())
	for i: int in inputs[0].size():
		result[i] = int(generator.randf() < chances[i])
	return [ONNXTensor.of_values(result, inputs[0].shape, type)]


## Draws classes; a row of the input holds the logarithms of their weights.
static func multinomial(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var input: ONNXTensor = inputs[0]
	var type: int = node.int_of("dtype", ONNXTensor.INT32)
	var samples: int = node.int_of("sample_size", 1)
	var fits: bool = input.is_real() and input.shape.size() == 2 and samples >= 0
	if not fits or input.shape[1] == 0 or type not in [ONNXTensor.INT32, ONNXTensor.INT64]:
		return node.fail("%d samples of %s" % [samples, input.describe()])
	var shape: PackedInt64Array = [input.shape[0], mini(samples, ONNXTensor.TOO_MANY)]
	if ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
		return node.fail("%d samples of %s" % [samples, input.describe()])
	var generator: RandomNumberGenerator = generator_of(node)
	var values: Variant = input.values()
	var classes: int = input.shape[1]
	var result: PackedInt64Array = []
	for from: int in range(0, input.size(), classes):
		var top: float = values[from]
		for i: int in range(from, from + classes):
			top = maxf(top, values[i])
		var weights: PackedFloat32Array = []
		var sum: float = 0.0
		for i: int in range(from, from + classes):
			weights.append(exp(values[i] - top))
			sum += weights[-1]
		if is_nan(sum):
			return node.fail_by_value("a weight is not a number")
		for sample: int in samples:
			result.append(generator.rand_weighted(weights))
	return [ONNXTensor.of_ints(result, shape, type)]


## The generator of a node, made at its first use.
static func generator_of(node: ONNXNode) -> RandomNumberGenerator:
	if node.generator == null:
		node.generator = RandomNumberGenerator.new()
		node.generator.seed = randi()
		if node.attributes.has("seed"):
			node.generator.seed = hash(node.float_of("seed", 0.0))
	return node.generator


static func _filled(node: ONNXNode, inputs: Array[ONNXTensor], draw: Callable) -> Array[ONNXTensor]:
	var like: ONNXTensor = inputs[0] if not inputs.is_empty() else null
	var type: int = node.int_of("dtype", ONNXTensor.FLOAT)
	var shape: PackedInt64Array = node.ints_of("shape")
	if like != null:
		shape = like.shape
		type = node.int_of("dtype", like.dtype)
	if type not in [ONNXTensor.FLOAT, ONNXTensor.DOUBLE]:
		return node.fail("it draws floats, not %s" % ONNXTensor.type_name(type))
	for length: int in shape:
		if length < 0 or ONNXTensor.count(shape) >= ONNXTensor.TOO_MANY:
			return node.fail("the shape %s is impossible" % shape)
	var result: Variant = ONNXTensor.zeros(type, ONNXTensor.count(shape))
	for i: int in len(result):
		result[i] = draw.call()
	return [ONNXTensor.of_values(result, shape, type)]
