extends GodotTestCase
## A certified model is accepted where it fits, and refused, saying why, where it was changed or the
## controller is another. models/certified.onnx was exported for counter_controller.gd.

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXReader := preload("res://addons/godot_rl/inference/onnx_reader.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const RLRemotePolicy := preload("res://addons/godot_rl/policies/remote_policy.gd")
const PATH: String = "res://tests/godot/inference/models/certified.onnx"
const CONTROLLER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")


class Shifted:
	extends "res://tests/godot/fixtures/counter_controller.gd"

	var observed: PackedFloat32Array = [0, 0, 0, 0]
	var names: PackedStringArray = ["ticks", "episode_number", "offset", "held_action"]
	var actions: Dictionary = {"push": {"size": 1, "action_type": "continuous"}}
	var key: String = "obs"

	func get_obs() -> Dictionary:
		return {key: observed}

	func get_observation_names() -> Dictionary:
		return {key: names} if not names.is_empty() else {}

	func get_action_space() -> Dictionary:
		return actions


func test_what_python_recorded_comes_out() -> void:
	var model: ONNXModel = ONNXModel.load_file(PATH)
	var certificate: RLPolicyCertificate = RLPolicyCertificate.of(model)
	check_equal(certificate.error, "")
	check_equal(certificate.rows, 4)
	check_equal(certificate.outputs_error(model), "")
	check(certificate.largest_difference <= 1e-6, str(certificate.largest_difference))
	check_equal(certificate.controller_error(_shifted()), "")
	check_equal(
		certificate.describe(),
		"4 recorded observations (scene), trained for 1000 decisions at commit 0123abc"
	)


func test_models_of_other_makers_have_none() -> void:
	var path: String = "res://tests/godot/inference/models/godot_rl_ppo.onnx"
	check(RLPolicyCertificate.of(ONNXModel.load_file(path)) == null, "there is one")


func test_one_changed_weight_is_refused_with_the_row_and_both_outputs() -> void:
	var bytes: PackedByteArray = FileAccess.get_file_as_bytes(PATH)
	var weight: PackedByteArray = _one_weight()
	var at: int = -1
	for i: int in bytes.size() - 4:
		if bytes.slice(i, i + 4) == weight:
			at = i
			break
	check(at > 0, "the weight is not in the file")
	bytes.encode_float(at, bytes.decode_float(at) + 0.5)
	var model: ONNXModel = ONNXModel.load_bytes(bytes, "changed.onnx")
	var certificate: RLPolicyCertificate = RLPolicyCertificate.of(model)
	var problem: String = certificate.outputs_error(model)
	check_starts(
		problem,
		(
			"the policy changed.onnx is not the policy that was trained (commit 0123abc, 1000 "
			+ "decisions): for recorded observation "
		)
	)
	check(problem.contains(" of 4 it gives output[0] = "), problem)
	check(problem.ends_with("at most 0.0001 is allowed: export the model again"), problem)
	check(certificate.largest_difference > 0.01, str(certificate.largest_difference))


func test_a_model_that_takes_something_else_is_refused() -> void:
	var wide: ONNXModel = ONNXModel.load_file(
		"res://tests/godot/inference/models/shipped_wide.onnx"
	)
	wide.metadata[RLPolicyCertificate.PROPERTY] = _text()
	expect_error("it takes 9 floats for each agent, got 16 for a batch of 4")
	var problem: String = RLPolicyCertificate.of(wide).outputs_error(wide)
	check(problem.contains("fails on its recorded observations: it takes 9 floats"), problem)


func test_a_model_with_several_inputs_is_compared_too() -> void:
	var model: ONNXModel = ONNXModel.load_file("res://tests/godot/inference/models/two_inputs.onnx")
	var feeds: Dictionary[String, ONNXTensor] = {
		"obs": ONNXTensor.of_floats([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 5]),
		"image": ONNXTensor.of_floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 2]),
	}
	var outputs: PackedFloat32Array = model.run(feeds)["output"].floats
	var content: Dictionary = JSON.parse_string(_text())
	content["rows"] = 2
	content["inputs"] = {
		"obs": _encode(feeds["obs"].floats, [5]), "image": _encode(feeds["image"].floats, [1, 2, 2])
	}
	content["outputs"] = {"output": _encode(outputs, [2])}
	model.metadata[RLPolicyCertificate.PROPERTY] = _signed(content)
	check_equal(RLPolicyCertificate.of(model).outputs_error(model), "")
	outputs[3] += 0.01
	content["outputs"] = {"output": _encode(outputs, [2])}
	model.metadata[RLPolicyCertificate.PROPERTY] = _signed(content)
	var problem: String = RLPolicyCertificate.of(model).outputs_error(model)
	check(problem.contains("for recorded observation 2 of 2 it gives output[1]"), problem)


func test_nan_is_never_equal() -> void:
	var model: ONNXModel = ONNXModel.load_file(PATH)
	var content: Dictionary = JSON.parse_string(_text())
	content["outputs"] = {"output": _encode([NAN, NAN, NAN, NAN], [1])}
	model.metadata[RLPolicyCertificate.PROPERTY] = _signed(content)
	var certificate: RLPolicyCertificate = RLPolicyCertificate.of(model)
	check(certificate.outputs_error(model).contains("is not the policy"), "accepted")


func test_large_outputs_are_compared_by_their_size() -> void:
	var certificate: RLPolicyCertificate = _certificate()
	certificate.content["outputs"] = {"output": _encode([2000.0, 0, 0, 0], [1])}
	var near: Dictionary[String, PackedFloat32Array] = {"output": [2000.1, 0, 0, 0]}
	check_equal(certificate._answers_error(near, ""), "")
	near["output"][0] = 2000.3
	check(certificate._answers_error(near, "").contains("2000.3"), "accepted")


func test_every_recorded_output_is_compared() -> void:
	var content: Dictionary = JSON.parse_string(_text())
	content["outputs"]["state_outs"] = _encode([0, 0, 0, 0], [])
	var model: ONNXModel = ONNXModel.load_file(PATH)
	model.metadata[RLPolicyCertificate.PROPERTY] = _signed(content)
	check_equal(RLPolicyCertificate.of(model).outputs_error(model), "")
	content["outputs"]["state_outs"] = _encode([0, 0, 0, 0.5], [])
	model.metadata[RLPolicyCertificate.PROPERTY] = _signed(content)
	var problem: String = RLPolicyCertificate.of(model).outputs_error(model)
	check(problem.contains("observation 4 of 4 it gives state_outs[0] = 0.000000, "), problem)
	content["outputs"]["deviation"] = content["outputs"]["state_outs"]
	content["outputs"].erase("state_outs")
	model.metadata[RLPolicyCertificate.PROPERTY] = _signed(content)
	problem = RLPolicyCertificate.of(model).outputs_error(model)
	check_ends(problem, 'gives ["output", "state_outs"], Python gave ["output", "deviation"]')


func test_a_changed_certificate_is_refused() -> void:
	var text: String = _text()
	var damage: String = (
		"the policy %s has a certificate that does not fit its checksum: it was damaged or changed "
		+ "after the export; export the model again"
	)
	for changed: String in [
		text.replace('"action_repeat":6', '"action_repeat":1'),
		text.replace('"offset"', '"speed"'),
		text.replace(RLPolicyCertificate.DIGEST, ',"sha512":"'),
		"{}",
	]:
		check(changed != text, "nothing was changed")
		check_equal(_error_of(changed), damage % PATH)


func test_what_is_no_certificate_is_refused() -> void:
	var said: String = "the policy %s has a certificate that cannot be read: export the model again"
	for text: String in ["", "[1, 2]", "null", _text().substr(0, 300)]:
		check_equal(_error_of(text), said % PATH)
	var content: Dictionary = JSON.parse_string(_text())
	content.erase("outputs")
	var lacks: String = "the policy %s has a certificate without 'outputs': export the model again"
	check_equal(_error_of(_signed(content)), lacks % PATH)


func test_what_is_newer_is_said_in_one_line() -> void:
	var content: Dictionary = JSON.parse_string(_text())
	content["format"] = 2
	var said: String = "the policy %s has a certificate of %s 2, this addon knows 1: update "
	said += "addons/godot_rl"
	check_equal(_error_of(JSON.stringify(content)), said % [PATH, "format"])
	content["format"] = 1
	content["protocol"] = 2
	check_equal(_error_of(_signed(content)), said % [PATH, "protocol"])
	check_equal(RLPolicyCertificate.PROTOCOL, RLRemotePolicy.PROTOCOL)


func test_another_observation_is_refused_with_both_shapes_and_the_first_name() -> void:
	var both: String = "the policy %s was trained on the observation {obs[4]}, the controller's is "
	var certificate: RLPolicyCertificate = _certificate()
	var controller: Shifted = _shifted()
	controller.observed = [0, 0, 0, 0, 0]
	controller.names = []
	check_equal(certificate.controller_error(controller), both % PATH + "{obs[5]}")
	controller.names = ["ticks", "speed", "episode_number", "offset", "held_action"]
	check_equal(
		certificate.controller_error(controller),
		(
			both % PATH
			+ "{obs[5]}; the first difference is obs[1]: 'episode_number' in training, 'speed' now"
		)
	)
	controller.names = ["ticks", "episode_number", "offset", "held_action", "speed"]
	check_ends(certificate.controller_error(controller), "obs[4]: nothing in training, 'speed' now")
	controller.observed = [0, 0, 0, 0]
	controller.names = ["episode_number", "ticks", "offset", "held_action"]
	check_ends(
		certificate.controller_error(controller),
		"{obs[4]}; the first difference is obs[0]: 'ticks' in training, 'episode_number' now"
	)
	controller.key = "state"
	check_ends(certificate.controller_error(controller), "{obs[4]}, the controller's is {state[4]}")


func test_names_are_compared_only_where_both_sides_have_them() -> void:
	var controller: Shifted = _shifted()
	controller.names = []
	check_equal(_certificate().controller_error(controller), "")
	var content: Dictionary = JSON.parse_string(_text())
	content["observations"][0]["names"] = []
	controller.names = ["a", "b", "c", "d"]
	check_equal(_certificate(_signed(content)).controller_error(controller), "")


func test_other_actions_are_refused_with_both() -> void:
	var said: String = "the policy %s was trained with the actions {push: continuous 1}, "
	var controller: Shifted = _shifted()
	controller.actions = {"push": {"size": 2, "action_type": "continuous"}}
	check_equal(
		_certificate().controller_error(controller),
		said % PATH + "the controller's are {push: continuous 2}"
	)
	controller.actions = {"pull": {"size": 1, "action_type": "continuous"}}
	check_ends(_certificate().controller_error(controller), "{pull: continuous 1}")
	controller.actions = {"push": {"size": 2, "action_type": "discrete"}}
	check_ends(_certificate().controller_error(controller), "{push: discrete 2}")
	var content: Dictionary = JSON.parse_string(_text())
	content["actions"].append({"key": "jump", "action_type": "continuous", "size": 1})
	controller.actions = {
		"jump": {"size": 1, "action_type": "continuous"},
		"push": {"size": 1, "action_type": "continuous"},
	}
	check_ends(
		_certificate(_signed(content)).controller_error(controller),
		"the controller's are {jump: continuous 1, push: continuous 1}; their order matters"
	)


func test_the_rate_of_decisions_is_that_of_the_training() -> void:
	var certificate: RLPolicyCertificate = _certificate()  # every 6 of 90 ticks/s
	check_equal(certificate.ticks_per_decision(90), 6)
	check_equal(certificate.ticks_per_decision(60), 4)
	check_equal(certificate.ticks_per_decision(120), 8)
	check_equal(certificate.ticks_per_decision(5), 1)
	check_equal(certificate.rate_warning(6, 90), "")
	var trained: String = (
		"the policy %s was trained at 15 decisions/s (every 6 of 90 physics ticks/s), here it "
		+ "decides at "
	)
	check_equal(
		certificate.rate_warning(1, 90),
		(
			trained % PATH
			+ "90 decisions/s (every 1 of 90) and will act unlike it was trained: use 6 physics "
			+ "ticks per decision"
		)
	)
	check_equal(
		certificate.rate_warning(4, 60),
		(
			trained % PATH
			+ "15 decisions/s (every 4 of 60): set physics_ticks_per_second to 90 for the physics "
			+ "it was trained in"
		)
	)
	check_ends(
		certificate.rate_warning(7, 100),
		(
			"14.3 decisions/s (every 7 of 100): set physics_ticks_per_second to 90 for the physics it "
			+ "was trained in"
		)
	)
	var content: Dictionary = JSON.parse_string(_text())
	content["settings"] = {}
	certificate = _certificate(_signed(content))
	check_equal(certificate.ticks_per_decision(90), 0)
	check_equal(certificate.rate_warning(1, 90), "")


func check_starts(text: String, start: String) -> void:
	check(text.begins_with(start), "expected '%s' at the start of '%s'" % [start, text])


func check_ends(text: String, end: String) -> void:
	check(text.ends_with(end), "expected '%s' at the end of '%s'" % [end, text])


func _shifted() -> Shifted:
	var controller: Shifted = Shifted.new()
	add_child(controller)
	return controller


func _text() -> String:
	return ONNXModel.load_file(PATH).metadata[RLPolicyCertificate.PROPERTY]


func _certificate(text: String = _text()) -> RLPolicyCertificate:
	var model: ONNXModel = ONNXModel.load_file(PATH)
	model.metadata[RLPolicyCertificate.PROPERTY] = text
	return RLPolicyCertificate.of(model)


func _error_of(text: String) -> String:
	return _certificate(text).error


func _signed(content: Dictionary) -> String:
	content.erase("sha256")
	var body: String = JSON.stringify(content, "", false, true).trim_suffix("}")
	return '%s%s%s"}' % [body, RLPolicyCertificate.DIGEST, body.sha256_text()]


func _encode(values: PackedFloat32Array, shape: Array) -> Dictionary:
	return {"shape": shape, "data": Marshalls.raw_to_base64(values.to_byte_array())}


# Bytes of the largest weight of the last layer: 8 floats, of which at least one counts.
func _one_weight() -> PackedByteArray:
	var graph: ONNXGraph = ONNXReader.new().read(FileAccess.get_file_as_bytes(PATH))
	var largest: float = 0.0
	for tensor: ONNXTensor in graph.constants.values():
		if tensor.shape == PackedInt64Array([1, 8]):
			for value: float in tensor.floats:
				if absf(value) > absf(largest):
					largest = value
	return PackedFloat32Array([largest]).to_byte_array()
