extends SceneTree
## Measures how long loading and forward() take: `godot --headless --path . --script
## res://tests/godot/inference/bench_inference.gd -- MODEL.onnx ...` for models of one input.
##
## Prints, for each model, the load time (the first includes compiling the kernels), and for batch
## 1, 16 and 64 the median of ROUNDS rounds, warm, with the fastest and the slowest round behind it.
## First comes a yardstick for the machine: a 256 x 256 matrix times a vector in plain loops.

const ROUNDS: int = 101
const ROUND_US: float = 2000.0


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
	for batch: int in [1, 16, 64]:
		var observations: PackedFloat32Array = []
		for i: int in batch * model.input_size:
			observations.append(sin(i * 0.7))
		var rounds: PackedFloat64Array = _rounds(model, observations, batch)
		@warning_ignore("integer_division")
		var median: float = rounds[ROUNDS / 2]
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


func _rounds(model: ONNXModel, observations: PackedFloat32Array, batch: int) -> PackedFloat64Array:
	var rounds: PackedFloat64Array = []
	model.forward(observations, batch)
	var started: int = Time.get_ticks_usec()
	model.forward(observations, batch)
	var calls: int = ceili(ROUND_US / maxf(1.0, Time.get_ticks_usec() - started))
	for round_number: int in ROUNDS:
		started = Time.get_ticks_usec()
		for call: int in calls:
			model.forward(observations, batch)
		rounds.append((Time.get_ticks_usec() - started) / float(calls))
	rounds.sort()
	return rounds
