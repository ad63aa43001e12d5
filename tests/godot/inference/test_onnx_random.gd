extends ONNXOperatorTestCase
## Operators that draw random numbers: their distribution, their seeds, and no two runs alike.

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXPlan := preload("res://addons/godot_rl/inference/onnx_plan.gd")


func test_normal_values() -> void:
	var like: ONNXTensor = _zeros([40, 50])
	var drawn: PackedFloat32Array = (
		_run("RandomNormalLike", [like], {"mean": 2.0, "scale": 3.0, "seed": 2.0}).floats
	)
	var mean: float = _mean(drawn)
	var squares: PackedFloat32Array = []
	for value: float in drawn:
		squares.append((value - mean) * (value - mean))
	# Four standard errors of 2000 draws.
	check_near(mean, 2.0, 4.0 * 3.0 / sqrt(2000.0), "mean")
	check_near(sqrt(_mean(squares)), 3.0, 4.0 * 3.0 / sqrt(4000.0), "deviation")


func test_uniform_values() -> void:
	var attributes: Dictionary[String, Variant] = {"low": -1.0, "high": 3.0, "seed": 5.0}
	attributes["shape"] = PackedInt64Array([2000])
	var drawn: PackedFloat32Array = _run("RandomUniform", [], attributes).floats
	check_equal(drawn.size(), 2000)
	check_near(_mean(drawn), 1.0, 4.0 * 4.0 / sqrt(12.0 * 2000.0), "mean")
	for value: float in drawn:
		check(value >= -1.0 and value <= 3.0, "%s in [-1, 3]" % value)


func test_multinomial_follows_the_weights() -> void:
	var logits: ONNXTensor = ONNXTensor.of_floats([0.0, -1e8, log(3.0), 5.0, 5.0, -INF], [2, 3])
	var drawn: ONNXTensor = _run("Multinomial", [logits], {"sample_size": 2000, "seed": 1.0})
	check_equal(drawn.shape, PackedInt64Array([2, 2000]))
	check_equal(drawn.dtype, ONNXTensor.INT32)
	var first: PackedInt64Array = drawn.ints.slice(0, 2000)
	var second: PackedInt64Array = drawn.ints.slice(2000)
	check_equal(first.count(1), 0, "a class of no weight")
	check_equal(second.count(2), 0, "a class of weight exp(-INF)")
	check_near(first.count(2) / 2000.0, 0.75, 4.0 * sqrt(0.75 * 0.25 / 2000.0), "share")
	check_near(second.count(0) / 2000.0, 0.5, 4.0 * sqrt(0.25 / 2000.0), "share")


func test_bernoulli() -> void:
	var chances: ONNXTensor = ONNXTensor.of_floats([0.0, 1.0])
	for trial: int in 20:
		check_equal(_run("Bernoulli", [chances], {}).floats, PackedFloat32Array([0.0, 1.0]))


func test_each_run_draws_anew_and_a_seed_repeats() -> void:
	var node: ONNXNode = _node("RandomNormalLike", {"seed": 3.0})
	var like: ONNXTensor = _zeros([4])
	var first: PackedFloat32Array = ONNXOperators.run(node, [like])[0].floats
	check(ONNXOperators.run(node, [like])[0].floats != first, "the second run differs")
	check_equal(_run("RandomNormalLike", [like], {"seed": 3.0}).floats, first, "the same seed")
	check(_run("RandomNormalLike", [like], {"seed": 4.0}).floats != first, "another seed")


func test_without_a_seed_the_engines_own_decides() -> void:
	var drawn: Array[PackedFloat32Array] = []
	for trial: int in 2:
		seed(77)
		drawn.append(_run("RandomUniformLike", [_zeros([4])], {}).floats)
	check_equal(drawn[0], drawn[1])


func test_weights_that_are_no_numbers_are_refused() -> void:
	var node: ONNXNode = _node("Multinomial", {})
	check(ONNXOperators.run(node, [ONNXTensor.of_floats([NAN, 1.0], [1, 2])]).is_empty(), "NaN")
	check(node.error.contains("a weight is not a number"), node.error)


## A random node without inputs, or on a constant, must not be computed once and for all at load.
func test_a_random_node_is_no_constant() -> void:
	var graph: ONNXGraph = ONNXGraph.new()
	graph.opset = 17
	var node: ONNXNode = _node("RandomNormal", {"shape": PackedInt64Array([3])})
	graph.nodes = [node]
	var info: ONNXGraph.RLValueInfo = ONNXGraph.RLValueInfo.new()
	info.name = "y"
	graph.outputs = [info]
	var plan: ONNXPlan = ONNXPlan.new(graph)
	check_equal(plan.error, "")
	check_equal(plan.steps.size(), 1, "steps")


func _mean(values: PackedFloat32Array) -> float:
	var sum: float = 0.0
	for value: float in values:
		sum += value
	return sum / values.size()


func _zeros(shape: PackedInt64Array) -> ONNXTensor:
	var zeros: PackedFloat32Array = ONNXTensor.zeros(ONNXTensor.FLOAT, ONNXTensor.count(shape))
	return ONNXTensor.of_floats(zeros, shape)
