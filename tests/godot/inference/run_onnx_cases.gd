extends SceneTree
## Runs many small ONNX models in one engine: `godot --headless --path . --script
## res://tests/godot/inference/run_onnx_cases.gd -- --onnx_request=IN --onnx_response=OUT`.
##
## tests/python/inference/engine_batch.py is its caller. Request: `{"models": [{"model": base64 of
## the file, "cases": [{input name: tensor}]}]}`, tensors as in tensor_json.gd. Response:
## `{"operators": [names], "attributes": {name: {attribute: [type, first opset, last opset,
## required]}}, "types": [ONNX's numbers], "opsets": [lowest, highest], "answers":
## [{"error": "", "at_load": bool, "script_errors": [], "cases": [{output name: tensor}]}]}`, an
## answer for each model. A refused model is an answer, not a failure. It computes nothing itself.

const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXTensorJSON := preload("res://addons/godot_rl/inference/tensor_json.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

var _catcher: GodotTestErrorCatcher = GodotTestErrorCatcher.new()


func _initialize() -> void:
	quit(1)
	var request: Variant = JSON.parse_string(
		FileAccess.get_file_as_string(_argument("onnx_request"))
	)
	var response: FileAccess = FileAccess.open(_argument("onnx_response"), FileAccess.WRITE)
	if not request is Dictionary or response == null:
		RLLog.error("run_onnx_cases.gd wants --onnx_request=FILE and --onnx_response=FILE")
		quit(2)
		return
	OS.add_logger(_catcher)
	var given: Dictionary = request
	var answers: Array[Dictionary] = []
	for asked: Dictionary in given["models"]:
		var answer: Dictionary = {"error": "", "at_load": false, "cases": []}
		_catcher.take()
		_answer(asked, answer)
		# A script error ends _answer without a word: the catcher has it.
		answer["script_errors"] = _script_errors()
		answers.append(answer)
	OS.remove_logger(_catcher)
	var facts: Dictionary = {
		"operators": ONNXOperators.table().keys(),
		"attributes": _attributes(),
		"types": range(32).filter(ONNXTensor.holds),
		"opsets": [ONNXOperators.MIN_OPSET, ONNXOperators.MAX_OPSET],
		"answers": answers,
	}
	response.store_string(JSON.stringify(facts, "", false, true))
	response.close()
	quit(0)


func _answer(asked: Dictionary, answer: Dictionary) -> void:
	var encoded: String = asked["model"]
	var model: ONNXModel = ONNXModel.load_bytes(Marshalls.base64_to_raw(encoded), "case")
	if model == null:
		answer["error"] = ONNXModel.last_load_error
		answer["at_load"] = true
		return
	for case: Dictionary in asked["cases"]:
		var feeds: Dictionary[String, ONNXTensor] = {}
		for name: String in case:
			feeds[name] = ONNXTensorJSON.decode(case[name])
		var results: Dictionary[String, ONNXTensor] = model.run(feeds)
		if not model.error.is_empty():
			answer["error"] = model.error
			return
		var outputs: Dictionary = {}
		for name: String in results:
			outputs[name] = ONNXTensorJSON.encode(results[name])
		answer["cases"].append(outputs)


## Operator name -> attribute -> [Variant.Type, first opset, last opset, required].
func _attributes() -> Dictionary:
	var found: Dictionary = {}
	for name: String in ONNXOperators.table():
		found[name] = {}
		var declared: Dictionary[String, ONNXOperatorSpec.RLAttribute] = {}
		declared = ONNXOperators.table()[name].attributes
		for attribute: ONNXOperatorSpec.RLAttribute in declared.values():
			found[name][attribute.name] = [
				attribute.type, attribute.first_opset, attribute.last_opset, attribute.is_required
			]
	return found


## What the catcher holds, without the runner's own reports of refused models.
func _script_errors() -> PackedStringArray:
	var errors: PackedStringArray = []
	for error: String in _catcher.take():
		if not (
			error.contains("cannot load the ONNX model") or error.contains("ONNX model 'case'")
		):
			errors.append(error)
	return errors


func _argument(key: String) -> String:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--%s=" % key):
			return argument.get_slice("=", 1)
	return ""
