extends SceneTree
## What a certificate adds to the load of a policy, in ms: `godot --headless --path . --script
## res://tests/godot/inference/bench_certificate.gd -- MODEL.onnx ...`.
##
## Medians of 51 rounds, and the fastest of each step. A round loads the file, reads its
## certificate, computes the recorded observations, and compares one controller with the names and
## sizes. The first round of a process, in which scripts are compiled, is told apart.

const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const ROUNDS: int = 51


## Observes and acts as the certificate says.
class Fitting:
	extends AIController3D

	var values: PackedFloat32Array = []
	var names: PackedStringArray = []
	var actions: Dictionary = {}

	func get_obs() -> Dictionary:
		return {"obs": values}

	func get_observation_names() -> Dictionary:
		return {"obs": names}

	func get_action_space() -> Dictionary:
		return actions


func _initialize() -> void:
	quit(1)
	print("model: load, read the certificate, run its rows, compare one agent; ms")
	for path: String in OS.get_cmdline_user_args():
		_measure(path)
	quit(0)


func _measure(path: String) -> void:
	var times: Array[PackedFloat64Array] = [[], [], [], []]
	var first: String = ""
	for round_number: int in ROUNDS + 1:
		var marks: PackedInt64Array = [Time.get_ticks_usec()]
		var model: ONNXModel = ONNXModel.load_file(path)
		marks.append(Time.get_ticks_usec())
		var certificate: RLPolicyCertificate = RLPolicyCertificate.of(model)
		marks.append(Time.get_ticks_usec())
		var problem: String = certificate.outputs_error(model)
		marks.append(Time.get_ticks_usec())
		var controller: Fitting = _fitting(certificate)
		var before: int = Time.get_ticks_usec()
		problem += certificate.controller_error(controller)
		var compared: int = Time.get_ticks_usec() - before
		controller.free()
		if not problem.is_empty():
			print(problem)
			return
		var round_times: PackedFloat64Array = []
		for i: int in 3:
			round_times.append((marks[i + 1] - marks[i]) / 1000.0)
		round_times.append(compared / 1000.0)
		if round_number == 0:
			first = _line(round_times)
			continue
		for i: int in times.size():
			times[i].append(round_times[i])
	var medians: PackedFloat64Array = []
	var fastest: PackedFloat64Array = []
	for i: int in times.size():
		times[i].sort()
		fastest.append(times[i][0])
		@warning_ignore("integer_division")
		medians.append(times[i][ROUNDS / 2])
	print(path.get_file())
	print("  median      %s" % _line(medians))
	print("  fastest     %s" % _line(fastest))
	print("  first round %s" % first)


func _line(values: PackedFloat64Array) -> String:
	var parts: PackedStringArray = []
	for value: float in values:
		parts.append("%.2f" % value)
	return " + ".join(parts)


func _fitting(certificate: RLPolicyCertificate) -> Fitting:
	var controller: Fitting = Fitting.new()
	var entry: Dictionary = certificate.content["observations"][0]
	controller.values.resize(entry["size"])
	controller.names = PackedStringArray(entry["names"])
	for action: Dictionary in certificate.content["actions"]:
		controller.actions[action["key"]] = {
			"size": int(action["size"]), "action_type": action["action_type"]
		}
	return controller
