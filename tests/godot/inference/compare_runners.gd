extends SceneTree
## Loads models in GDScript and in the native library, feeds both the same random inputs, and writes
## what differs and how long a forward takes:
## `godot --headless --path PROJECT --script .../compare_runners.gd -- --output=OUT.json MODEL...`.
##
## PROJECT carries the addon with the library built. test_native_library.py calls it; by hand it
## measures. Response: `{"there": bool, "models": {file: {"error": "", "version": text,
## "difference": x, "gdscript_us": x, "native_us": x, "load_gdscript_ms": x, "load_native_ms":
## x}}}`. Times are medians of [constant ROUNDS] rounds in turn.

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXNativePlan := preload("res://addons/godot_rl/inference/native_plan.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const BATCHES: PackedInt64Array = [1, 3]
const ROUNDS: int = 31
const FREE_LENGTH: int = 4

var _random: RandomNumberGenerator = RandomNumberGenerator.new()


func _initialize() -> void:
	# A script error ends this function without a word: then this exit code stands.
	quit(1)
	var output: String = ""
	var models: Dictionary = {}
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--output="):
			output = argument.trim_prefix("--output=")
		elif not argument.begins_with("--"):
			models[argument] = _compare(argument)
	var file: FileAccess = FileAccess.open(output, FileAccess.WRITE)
	var answer: Dictionary = {"there": ONNXNativePlan.is_there(), "models": models}
	file.store_string(JSON.stringify(answer, "", false, true))
	file.close()
	quit(0)


func _compare(path: String) -> Dictionary:
	var answer: Dictionary = {"error": "", "difference": 0.0}
	var loaded: Array[ONNXModel] = []
	for runner: String in ["gdscript", "native"]:
		ONNXNativePlan.runner = runner
		var started: int = Time.get_ticks_usec()
		var model: ONNXModel = ONNXModel.load_file(path)
		answer["load_%s_ms" % runner] = (Time.get_ticks_usec() - started) / 1000.0
		if model == null:
			answer["error"] = "%s: %s" % [runner, ONNXModel.last_load_error]
			return answer
		loaded.append(model)
	var native_plan: ONNXNativePlan = loaded[1]._plan as ONNXNativePlan
	answer["version"] = native_plan.version()
	var difference: float = 0.0
	for batch: int in BATCHES:
		var feeds: Dictionary[String, ONNXTensor] = _random_feeds(loaded[0], batch)
		var results: Array[Dictionary] = []
		for model: ONNXModel in loaded:
			results.append(model.run(feeds))
			if not model.error.is_empty():
				answer["error"] = model.error
				return answer
		difference = maxf(difference, _difference(results))
		difference = maxf(difference, _forward_difference(loaded, batch))
		if batch == 1:
			answer.merge(_times(loaded, feeds))
	answer["difference"] = difference
	return answer


func _random_feeds(model: ONNXModel, batch: int) -> Dictionary[String, ONNXTensor]:
	var feeds: Dictionary[String, ONNXTensor] = {}
	for info: ONNXGraph.RLValueInfo in model.inputs:
		var shape: PackedInt64Array = info.shape.duplicate()
		for axis: int in shape.size():
			if shape[axis] == -1:
				shape[axis] = batch if axis == 0 else FREE_LENGTH
		var size: int = ONNXTensor.count(shape)
		if info.dtype == ONNXTensor.FLOAT:
			var floats: PackedFloat32Array = []
			for i: int in size:
				floats.append(_random.randfn())
			feeds[info.name] = ONNXTensor.of_floats(floats, shape)
		else:
			var ints: PackedInt64Array = []
			for i: int in size:
				ints.append(_random.randi_range(0, 1))
			feeds[info.name] = ONNXTensor.of_ints(ints, shape, info.dtype)
	return feeds


## The largest difference of what forward() gives, where a model has it; after run(), whose feeds
## must not linger in it.
func _forward_difference(models: Array[ONNXModel], batch: int) -> float:
	if not models[0].can_forward():
		return 0.0 if not models[1].can_forward() else INF
	var floats: PackedFloat32Array = []
	for i: int in batch * models[0].input_size:
		floats.append(_random.randfn())
	var results: Array[Dictionary] = []
	for model: ONNXModel in models:
		results.append({"output": ONNXTensor.of_floats(model.forward(floats, batch))})
	var nothing: bool = results[0]["output"].size() == 0
	return INF if nothing else _difference(results)


## The largest difference of any element; infinite for other types or shapes.
func _difference(results: Array[Dictionary]) -> float:
	var largest: float = 0.0
	for name: String in results[0]:
		var left: ONNXTensor = results[0][name]
		var right: ONNXTensor = results[1][name]
		if left.dtype != right.dtype or left.shape != right.shape:
			return INF
		for i: int in left.size():
			var gap: float = absf(left.ints[i] - right.ints[i]) if not left.is_float() else 0.0
			if left.is_float() and left.floats[i] != right.floats[i]:
				gap = absf(left.floats[i] - right.floats[i])
			largest = INF if is_nan(gap) else maxf(largest, gap)
	return largest


func _times(models: Array[ONNXModel], feeds: Dictionary[String, ONNXTensor]) -> Dictionary:
	var times: Array[PackedFloat64Array] = [PackedFloat64Array(), PackedFloat64Array()]
	var floats: PackedFloat32Array = []
	if models[0].can_forward():
		floats = feeds[models[0].observation_name].floats
	for i: int in ROUNDS:
		for j: int in 2:
			var repeats: int = 3 if times[0].size() > 0 and times[0][0] > 2000.0 else 10
			var started: int = Time.get_ticks_usec()
			for k: int in repeats:
				if models[j].can_forward():
					models[j].forward(floats, 1)
				else:
					models[j].run(feeds)
			times[j].append((Time.get_ticks_usec() - started) / float(repeats))
	times[0].sort()
	times[1].sort()
	@warning_ignore("integer_division")
	return {"gdscript_us": times[0][ROUNDS / 2], "native_us": times[1][ROUNDS / 2]}
