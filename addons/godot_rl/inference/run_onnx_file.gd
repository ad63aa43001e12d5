extends SceneTree
## Runs an ONNX model on given inputs, writes its outputs and its speed, and quits:
## `godot --headless --path PROJECT --script res://addons/godot_rl/inference/run_onnx_file.gd
## -- --onnx_request=IN.json --onnx_response=OUT.json`.
##
## rl_training/policy_export/in_engine_check.py writes the request and reads the response. Request:
## `{"model": path, "rounds": n, "cases": [{input name: tensor}]}`, tensors as in tensor_json.gd.
## Response: `{"error": "", "load_ms": x, "forward_us": x, "forward_used": bool, "cases": [{output
## name: tensor}], "forwards": [tensor or null], "certificate": null or {"error": "", "about": text,
## "difference": x}}`. Exit code 0 when every case was computed, 1 when the model was refused or
## failed (the response says why), 2 for wrong arguments. It computes nothing itself.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXTensorJSON := preload("res://addons/godot_rl/inference/tensor_json.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const TOO_LATE_US: float = 2e6

var _response: Dictionary = {
	"error": "", "cases": [], "forwards": [], "forward_used": false, "certificate": null
}


func _initialize() -> void:
	# A script error ends this function without a word: then this exit code stands.
	quit(1)
	var request_path: String = _argument("onnx_request")
	var response_path: String = _argument("onnx_response")
	var text: String = FileAccess.get_file_as_string(request_path)
	var request: Variant = JSON.parse_string(text) if not text.is_empty() else null
	var response: FileAccess = FileAccess.open(response_path, FileAccess.WRITE)
	if not request is Dictionary or response == null:
		RLLog.error("run_onnx_file.gd wants --onnx_request=FILE.json and --onnx_response=FILE.json")
		quit(2)
		return
	var given: Dictionary = request
	var path: String = given["model"]
	var cases: Array = given["cases"]
	var rounds: int = given["rounds"]
	_run(path, cases, rounds)
	response.store_string(JSON.stringify(_response, "", false, true))
	response.close()
	var error: String = _response["error"]
	quit(0 if error.is_empty() else 1)


func _run(path: String, cases: Array, rounds: int) -> void:
	var started: int = Time.get_ticks_usec()
	var model: ONNXModel = ONNXModel.load_file(path)
	_response["load_ms"] = (Time.get_ticks_usec() - started) / 1000.0
	if model == null:
		_response["error"] = ONNXModel.last_load_error
		return
	_response["certificate"] = _certificate(model)
	var first: Dictionary[String, ONNXTensor] = {}
	for case: Dictionary in cases:
		var feeds: Dictionary[String, ONNXTensor] = {}
		for name: String in case:
			feeds[name] = ONNXTensorJSON.decode(case[name])
		var results: Dictionary[String, ONNXTensor] = model.run(feeds)
		if not model.error.is_empty():
			_response["error"] = model.error
			return
		var encoded: Dictionary = {}
		for name: String in results:
			encoded[name] = ONNXTensorJSON.encode(results[name])
		_response["cases"].append(encoded)
		_response["forwards"].append(_forward(model, feeds))
		if first.is_empty():
			first = feeds
	_response["forward_us"] = _time(model, first, rounds)


## What the model's certificate says, without a game; null when it has none.
func _certificate(model: ONNXModel) -> Variant:
	var certificate: RLPolicyCertificate = RLPolicyCertificate.of(model)
	if certificate == null:
		return null
	var problem: String = certificate.error
	if problem.is_empty():
		problem = certificate.outputs_error(model)
	return {
		"error": problem,
		"about": certificate.describe() if certificate.error.is_empty() else "",
		"difference": certificate.largest_difference,
	}


## What forward() gives on the same observation; null for a model that is not a policy.
func _forward(model: ONNXModel, feeds: Dictionary[String, ONNXTensor]) -> Variant:
	if not model.can_forward():
		return null
	var observation: ONNXTensor = feeds[model.observation_name]
	var batch: int = observation.shape[0] if observation.shape.size() > 1 else 1
	_response["forward_used"] = true
	return ONNXTensorJSON.encode(ONNXTensor.of_floats(model.forward(observation.floats, batch)))


## Median time of one computation of the case, in us: forward() where there is one, else run().
func _time(model: ONNXModel, feeds: Dictionary[String, ONNXTensor], rounds: int) -> float:
	var times: PackedFloat64Array = []
	var floats: PackedFloat32Array = []
	var batch: int = 1
	if model.can_forward():
		var observation: ONNXTensor = feeds[model.observation_name]
		floats = observation.floats
		batch = observation.shape[0] if observation.shape.size() > 1 else 1
	var began: int = Time.get_ticks_usec()
	for i: int in maxi(1, rounds):
		var started: int = Time.get_ticks_usec()
		if model.can_forward():
			for repeat: int in 10:
				model.forward(floats, batch)
		else:
			for repeat: int in 10:
				model.run(feeds)
		times.append((Time.get_ticks_usec() - started) / 10.0)
		if Time.get_ticks_usec() - began > TOO_LATE_US:
			break
	times.sort()
	@warning_ignore("integer_division")
	return times[times.size() / 2]


func _argument(key: String) -> String:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--%s=" % key):
			return argument.get_slice("=", 1)
	return ""
