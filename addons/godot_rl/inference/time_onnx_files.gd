extends SceneTree
## Times the loading and the forward of several ONNX policies against each other, and quits:
## `godot --headless --path PROJECT --script res://addons/godot_rl/inference/time_onnx_files.gd
## -- --onnx_request=IN.json --onnx_response=OUT.json`.
##
## rl_training/policy_export/in_engine_timing.py writes the request and reads the response. Request:
## `{"models": [path], "batches": [n], "rounds": n, "round_us": x}`; response: `{"models":
## [{"error": "", "load_ms": [x], "forward_us": {batch: [x]}}]}`. The models take turns in every
## round, so that a machine that slows down slows all of them down. A model that cannot be loaded,
## or that forward() does not serve, has its error and no times. Loads are warm: the kernels that a
## process compiles once are compiled before the first round.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")

var _models: Array[ONNXModel] = []
var _results: Array[Dictionary] = []


func _initialize() -> void:
	# A script error ends this function without a word: then this exit code stands.
	quit(1)
	var text: String = FileAccess.get_file_as_string(_argument("onnx_request"))
	var request: Variant = JSON.parse_string(text) if not text.is_empty() else null
	var response: FileAccess = FileAccess.open(_argument("onnx_response"), FileAccess.WRITE)
	if not request is Dictionary or response == null:
		RLLog.error(
			"time_onnx_files.gd wants --onnx_request=FILE.json and --onnx_response=FILE.json"
		)
		quit(2)
		return
	var given: Dictionary = request
	var paths: PackedStringArray = PackedStringArray(given["models"])
	var rounds: int = given["rounds"]
	var round_us: float = given["round_us"]
	for path: String in paths:
		_open(path)
	for round_number: int in rounds:
		for i: int in paths.size():
			if _models[i] == null:
				continue
			_time_load(i, paths[i])
			for batch: int in given["batches"]:
				_time_forward(i, batch, round_us)
	response.store_string(JSON.stringify({"models": _results}, "", false, true))
	response.close()
	quit(0)


func _open(path: String) -> void:
	var model: ONNXModel = ONNXModel.load_file(path)
	var error: String = ONNXModel.last_load_error
	if model != null and (not model.can_forward() or model.input_size == 0):
		error = "forward() does not serve it: it has not one input of known size that matters"
		model = null
	_models.append(model)
	_results.append({"error": error, "load_ms": [], "forward_us": {}})


func _time_load(index: int, path: String) -> void:
	var started: int = Time.get_ticks_usec()
	ONNXModel.load_file(path)
	var times: Array = _results[index]["load_ms"]
	times.append((Time.get_ticks_usec() - started) / 1000.0)


## One figure: the mean of as many calls as fill about [param round_us] microseconds.
func _time_forward(index: int, batch: int, round_us: float) -> void:
	var model: ONNXModel = _models[index]
	var observations: PackedFloat32Array = []
	for i: int in batch * model.input_size:
		observations.append(sin(i * 0.7))
	model.forward(observations, batch)
	var started: int = Time.get_ticks_usec()
	model.forward(observations, batch)
	var once: float = maxf(1.0, Time.get_ticks_usec() - started)
	var calls: int = ceili(round_us / once)
	started = Time.get_ticks_usec()
	for call: int in calls:
		model.forward(observations, batch)
	var by_batch: Dictionary = _results[index]["forward_us"]
	var times: Array = by_batch.get_or_add(str(batch), [])
	times.append((Time.get_ticks_usec() - started) / float(calls))


func _argument(key: String) -> String:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--%s=" % key):
			return argument.get_slice("=", 1)
	return ""
