extends GodotTestCase
## Activations inside a chain against the same ones node by node, and what fuses at all.

const ONNXActivationStage := preload("res://addons/godot_rl/inference/fused/activation_stage.gd")
const ONNXActivation := preload("res://addons/godot_rl/inference/fused/activation.gd")
const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")
const PARAMETERS: Array[Dictionary] = [
	{}, {"alpha": 0.3}, {"alpha": 1.7}, {"alpha": 0.5, "beta": 0.2, "gamma": 1.3}
]


func test_every_activation_is_the_same_in_a_chain() -> void:
	var compared: int = 0
	for op_type: String in ONNXActivationStage.STEADY:
		for given: Dictionary in PARAMETERS:
			var node: ONNXNode = _node(op_type, given)
			var stage: ONNXActivationStage = ONNXActivationStage.make(node)
			var expected: PackedFloat32Array = _general(node)
			var vectors: PackedVector4Array = ONNXVectors.from_floats(_values())
			stage.apply(vectors, 1)
			var found: PackedFloat32Array = ONNXVectors.to_floats(vectors)
			for i: int in expected.size():
				var gap: float = absf(found[i] - expected[i]) / maxf(1.0, absf(expected[i]))
				check_near(gap, 0.0, 1e-6, "%s %s at %s" % [op_type, given, _values()[i]])
				compared += 1
	check(compared > 1000, "%d values compared" % compared)


func test_not_a_number_stays_one() -> void:
	for op_type: String in ONNXActivationStage.STEADY:
		var stage: ONNXActivationStage = ONNXActivationStage.make(_node(op_type, {}))
		var vectors: PackedVector4Array = [Vector4(NAN, 1.0, 1.0, 1.0)]
		stage.apply(vectors, 1)
		check(is_nan(vectors[0].x), op_type + " of NaN")


func test_an_activation_with_a_huge_parameter_is_left_out() -> void:
	check(ONNXActivationStage.make(_node("Selu", {"alpha": 1e20})) == null, "1e20")
	check(ONNXActivationStage.make(_node("Celu", {"alpha": NAN})) == null, "NaN")
	check(ONNXActivationStage.make(_node("Exp", {})) == null, "Exp may overflow in the padding")


func test_layers_activations_and_batch_normalisation_are_one_chain() -> void:
	var constants: Dictionary[String, ONNXTensor] = {}
	var line: Array[ONNXNode] = []
	for layer: int in 3:
		var weights: PackedFloat32Array = []
		for i: int in 25:
			weights.append(sin(i * 1.3 + layer))
		constants["w%d" % layer] = ONNXTensor.of_floats(weights, [5, 5])
		line.append(_step("MatMul", layer * 2, ["w%d" % layer]))
		line.append(_step(["Selu", "BatchNormalization", "Gelu"][layer], layer * 2 + 1, []))
	for i: int in 4:
		var values: PackedFloat32Array = [1.0, 2.0 + i, 0.5, 0.25 * i + 1.0, 3.0]
		constants["n%d" % i] = ONNXTensor.of_floats(values)
		line[3].inputs.append("n%d" % i)
	var chain: ONNXChain = ONNXChain.make(line, constants)
	check_equal(chain.nodes.size(), 6, "nodes in the chain")
	var x: PackedFloat32Array = [0.1, -0.2, 0.3, -0.4, 0.5, 1.0, -1.0, 2.0, -2.0, 0.0]
	var fused: ONNXTensor = chain.compute([ONNXTensor.of_floats(x, [2, 5])])[0]
	var present: ONNXTensor = ONNXTensor.of_floats(x, [2, 5])
	for node: ONNXNode in line:
		var inputs: Array[ONNXTensor] = [present]
		for name: String in node.inputs.slice(1):
			inputs.append(constants[name])
		present = ONNXOperators.run(node, inputs)[0]
	for i: int in 10:
		check_near(fused.floats[i], present.floats[i], 1e-5, "element %d" % i)


func test_tanh_is_within_a_millionth_everywhere() -> void:
	var tanh_stage: ONNXActivation = ONNXActivation.of(_node("Tanh", {}))
	var largest: float = 0.0
	for i: int in range(-3000, 3000):
		var x: Vector4 = Vector4(i, i + 0.25, i + 0.5, i + 0.75) / 300.0
		var found: Vector4 = tanh_stage.apply([x], 1)[0]
		for part: int in 4:
			largest = maxf(largest, absf(found[part] - tanh(x[part])))
	check(largest < 5e-7, "off by %s" % largest)
	var ends: Vector4 = tanh_stage.apply([Vector4(INF, -INF, NAN, 0.0)], 1)[0]
	check_near(ends.x, 1.0, 1e-6, "infinity")
	check_near(ends.y, -1.0, 1e-6, "minus infinity")
	check(is_nan(ends.z), "what is no number stays none")
	check_equal(ends.w, 0.0)


func _step(op_type: String, number: int, constants: Array[String]) -> ONNXNode:
	var node: ONNXNode = _node(op_type, {})
	node.inputs = PackedStringArray(["v%d" % number] + constants)
	node.outputs = ["v%d" % (number + 1)]
	return node


func _node(op_type: String, attributes: Dictionary) -> ONNXNode:
	var node: ONNXNode = ONNXNode.new()
	node.op_type = op_type
	node.opset = 20
	node.outputs = ["y"]
	for attribute: String in attributes:
		node.attributes[attribute] = attributes[attribute]
	return node


func _general(node: ONNXNode) -> PackedFloat32Array:
	return ONNXOperators.run(node, [ONNXTensor.of_floats(_values())])[0].floats


func _values() -> PackedFloat32Array:
	var values: PackedFloat32Array = [
		0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, 30.0, -30.0, 7e3, -7e3
	]
	for i: int in 20:
		values.append(sin(i * 1.1) * 4.0)
	return values
