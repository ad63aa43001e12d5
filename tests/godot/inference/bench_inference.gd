extends SceneTree
## Measures how long loading and computing a model take: `godot --headless --path . --script
## res://tests/godot/inference/bench_inference.gd -- MODEL.onnx ...`.
##
## Prints, for each model, the load time (the first includes compiling the kernels), and for batch
## 1, 16 and 64 the median of ROUNDS rounds, warm, with the fastest and the slowest round behind it:
## of forward() where the model has it, else of run(). A batch that would take longer than
## TOO_LONG_US is left out, and rounds end after LIMIT_US. First comes a yardstick for the machine:
## a 256 x 256 matrix times a vector in plain loops.

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ROUNDS: int = 101
const FEWEST_ROUNDS: int = 11
const ROUND_US: float = 2000.0
const TOO_LONG_US: float = 150000.0
const LIMIT_US: int = 3000000


func _initialize() -> void:
	_measure_yardstick()
	for path: String in OS.get_cmdline_user_args():
		_measure(path)
	quit()


func _measure(path: String) -> void:
	var started: int = Time.get_ticks_usec()
	var model: ONNXModel = ONNXModel.load_file(path)
	var first: float = (Time.get_ticks_usec() - started) / 1000.0
	if model == null:
		return
	started = Time.get_ticks_usec()
	model = ONNXModel.load_file(path)
	var second: float = (Time.get_ticks_usec() - started) / 1000.0
	print("%s: load %.1f ms, again %.1f ms" % [path.get_file(), first, second])
	var alone: float = 0.0
	for batch: int in [1, 16, 64]:
		if alone * batch > TOO_LONG_US:
			continue
		var rounds: PackedFloat64Array = _rounds(model, batch)
		@warning_ignore("integer_division")
		var median: float = rounds[rounds.size() / 2]
		if batch == 1:
			alone = rounds[0]
		print("  batch %2d: %.1f us (%.1f to %.1f)" % [batch, median, rounds[0], rounds[-1]])


func _measure_yardstick() -> void:
	var matrix: PackedFloat32Array = []
	matrix.resize(256 * 256)
	matrix.fill(0.01)
	var vector: PackedFloat32Array = matrix.slice(0, 256)
	var rounds: PackedFloat64Array = []
	for round_number: int in ROUNDS:
		var started: int = Time.get_ticks_usec()
		for row: int in 256:
			var sum: float = 0.0
			var from: int = row * 256
			for column: int in 256:
				sum += matrix[from + column] * vector[column]
			vector[row] = minf(sum, 0.01)
		rounds.append(Time.get_ticks_usec() - started)
	rounds.sort()
	@warning_ignore("integer_division")
	var median: float = rounds[ROUNDS / 2]
	print("plain 256 x 256 loop: %.0f us (%.0f to %.0f)" % [median, rounds[0], rounds[-1]])


func _rounds(model: ONNXModel, batch: int) -> PackedFloat64Array:
	var feeds: Dictionary[String, ONNXTensor] = _feeds(model, batch)
	var observations: PackedFloat32Array = feeds[model.inputs[0].name].floats
	_compute(model, feeds, observations, batch, 1)
	var started: int = Time.get_ticks_usec()
	_compute(model, feeds, observations, batch, 1)
	var calls: int = ceili(ROUND_US / maxf(1.0, Time.get_ticks_usec() - started))
	var rounds: PackedFloat64Array = []
	var began: int = Time.get_ticks_usec()
	while rounds.size() < ROUNDS:
		if rounds.size() >= FEWEST_ROUNDS and Time.get_ticks_usec() - began > LIMIT_US:
			break
		started = Time.get_ticks_usec()
		_compute(model, feeds, observations, batch, calls)
		rounds.append((Time.get_ticks_usec() - started) / float(calls))
	rounds.sort()
	return rounds


func _compute(
	model: ONNXModel,
	feeds: Dictionary[String, ONNXTensor],
	observations: PackedFloat32Array,
	batch: int,
	calls: int
) -> void:
	if model.can_forward():
		for call: int in calls:
			model.forward(observations, batch)
		return
	for call: int in calls:
		model.run(feeds)


## Some value for each input; the batch stands wherever a length is free.
func _feeds(model: ONNXModel, batch: int) -> Dictionary[String, ONNXTensor]:
	var feeds: Dictionary[String, ONNXTensor] = {}
	for info: ONNXGraph.RLValueInfo in model.inputs:
		var shape: PackedInt64Array = info.shape.duplicate()
		for axis: int in shape.size():
			shape[axis] = batch if shape[axis] == -1 else shape[axis]
		var floats: PackedFloat32Array = []
		for i: int in ONNXTensor.count(shape):
			floats.append(sin(i * 0.7))
		feeds[info.name] = ONNXTensor.of_floats(floats, shape)
	return feeds
