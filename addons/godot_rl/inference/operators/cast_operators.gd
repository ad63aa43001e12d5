extends RefCounted
## Conversions between element types. See ONNXOperators.

const ONNXLoops := preload("res://addons/godot_rl/inference/operators/loops.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Expressions that keep an integer in the range of its type, as C's conversions do.
const WRAP: Dictionary[int, String] = {
	ONNXTensor.BOOL: "int(v != 0)",
	ONNXTensor.UINT8: "v & 0xff",
	ONNXTensor.UINT16: "v & 0xffff",
	ONNXTensor.UINT32: "v & 0xffffffff",
	ONNXTensor.INT8: "((v + 0x80) & 0xff) - 0x80",
	ONNXTensor.INT16: "((v + 0x8000) & 0xffff) - 0x8000",
	ONNXTensor.INT32: "((v + 0x80000000) & 0xffffffff) - 0x80000000",
}


## ONNX name -> [function, number of inputs it cannot do without, attributes].
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	# These two concern float8 only.
	var narrow: Array = [
		ONNXOperatorSpec.attribute("saturate", TYPE_INT).since(19),
		ONNXOperatorSpec.attribute("round_mode", TYPE_STRING).since(24),
	]
	var to: Array = [ONNXOperatorSpec.attribute("to", TYPE_INT).required()]
	return {
		"Cast": ONNXOperatorSpec.new(cast, 1, narrow + to).checked_by(_check_cast),
		"CastLike": ONNXOperatorSpec.new(cast_like, 2, narrow),
	}


static func cast(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return [converted(inputs[0], node.int_of("to", 0))]


static func cast_like(_node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	return [converted(inputs[0], inputs[1].dtype)]


static func _check_cast(node: ONNXNode) -> String:
	var to: int = node.int_of("to", 0)
	if ONNXTensor.holds(to):
		return ""
	return "it casts to the unsupported type %s" % ONNXTensor.type_name(to)


## The tensor's values as another type: cut off towards zero, and wrapped, where need be.
static func converted(from: ONNXTensor, to: int) -> ONNXTensor:
	if from.dtype == to:
		return from
	var result: Variant = ONNXTensor.zeros(to, from.size())
	var expression: String = "v"
	if to not in [ONNXTensor.FLOAT, ONNXTensor.DOUBLE] and from.is_real():
		expression = "int(v != 0.0)" if to == ONNXTensor.BOOL else "int(v)"
	ONNXLoops.unary(expression, from.values(), result)
	var tensor: ONNXTensor = ONNXTensor.of_values(result, from.shape, to)
	keep_in_range(tensor.ints, to)
	return tensor


## Keeps integers in the range of [param type], in place.
static func keep_in_range(ints: PackedInt64Array, type: int) -> void:
	if WRAP.has(type):
		ONNXLoops.unary(WRAP[type], ints, ints)
