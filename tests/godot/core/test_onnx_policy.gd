extends GodotTestCase
## Policies in the engine: one forward for all agents of a model, certificates, intervals.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLOnnxPolicy := preload("res://addons/godot_rl/policies/onnx_policy.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLRunSession := preload("res://addons/godot_rl/session/run_session.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")
const CONTROLLER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")
const CERTIFIED: String = "res://tests/godot/inference/models/certified.onnx"
const PLAIN: String = "user://plain_policy.onnx"


## The same model, counting.
class Counting:
	extends ONNXModel

	var inner: ONNXModel
	var batches: PackedInt32Array = []

	func forward(observations: PackedFloat32Array, batch: int = 1) -> PackedFloat32Array:
		batches.append(batch)
		return inner.forward(observations, batch)


class Wide:
	extends "res://tests/godot/fixtures/counter_controller.gd"

	func get_obs() -> Dictionary:
		return {"obs": PackedFloat32Array([ticks, 1.0, 2.0, 3.0, 4.0])}


func test_all_agents_of_one_model_are_one_forward_a_decision() -> void:
	_write_plain()
	var roster: RLRoster = _roster(5)
	for i: int in [1, 3]:
		roster.agents[i].onnx_model_path = PLAIN
	var policies: Array[RLPolicy] = _choose(roster)
	check_equal(policies.size(), 2)
	var counters: Array[Counting] = []
	for policy: RLOnnxPolicy in policies:
		var counter: Counting = Counting.new()
		counter.inner = policy._player.network._model
		policy._player.network._model = counter
		counters.append(counter)
	for decision: int in 4:
		for policy: RLPolicy in policies:
			policy.decide()
	check_equal(counters[0].batches, PackedInt32Array([3, 3, 3, 3]))
	check_equal(counters[1].batches, PackedInt32Array([2, 2, 2, 2]))
	DirAccess.remove_absolute(ProjectSettings.globalize_path(PLAIN))


func test_every_agent_gets_the_action_for_its_own_observation() -> void:
	var roster: RLRoster = _roster(3)
	for i: int in 3:
		roster.agents[i].offset = i - 1.0
	var wanted: PackedFloat32Array = []
	var model: ONNXModel = ONNXModel.load_file(CERTIFIED)
	for controller: Node in roster.agents:
		wanted.append(model.forward(controller.get_obs()["obs"])[0])
	_choose(roster)[0].decide()
	for i: int in 3:
		check_near(roster.agents[i].held_action, wanted[i], 1e-6, "agent %d" % i)
	check(absf(wanted[0] - wanted[2]) > 0.01, "the policy ignores what it observes")


func test_the_interval_is_the_trainings_unless_it_is_set() -> void:
	check_equal(_choose(_roster(1))[0].action_repeat, 6)
	check_equal(_choose(_roster(1), 6, 90)[0].action_repeat, 6)
	check_equal(_choose(_roster(1), 0, 0)[0].action_repeat, 6)
	_write_plain()
	var roster: RLRoster = _roster(1)
	roster.agents[0].onnx_model_path = PLAIN
	check_equal(_choose(roster)[0].action_repeat, 8, "Sync's own setting then holds")
	check_equal(_choose(roster, 3)[0].action_repeat, 3)
	DirAccess.remove_absolute(ProjectSettings.globalize_path(PLAIN))


func test_another_interval_or_physics_rate_is_warned_of() -> void:
	var policy: RLOnnxPolicy = _choose(_roster(3), 1)[0]
	check_equal(policy.action_repeat, 1)
	check(
		policy.warning.contains("here it decides at 90 decisions/s (every 1 of 90)"), "no warning"
	)
	policy = _choose(_roster(3), 0, 60)[0]
	check_equal(policy.action_repeat, 4)
	check(policy.warning.contains("set physics_ticks_per_second to 90"), "no warning")
	policy = _choose(_roster(3))[0]
	check_equal(policy.warning, "")


func test_a_controller_that_observes_something_else_is_refused() -> void:
	var roster: RLRoster = _roster(2, Wide)
	var error: String = _run(roster, CERTIFIED)._choose_policies()
	check(error.begins_with(str(roster.agents[0].get_path()) + ": "), error)
	check(
		error.contains("trained on the observation {obs[4]}, the controller's is {obs[5]}"), error
	)


func test_without_a_certificate_sizes_are_still_compared() -> void:
	_write_plain()
	var error: String = _run(_roster(1, Wide), PLAIN)._choose_policies()
	check(error.contains("takes an observation of 4 elements"), error)
	DirAccess.remove_absolute(ProjectSettings.globalize_path(PLAIN))


# The same policy as other makers write it: its certificate's key is overwritten.
func _write_plain() -> void:
	var bytes: PackedByteArray = FileAccess.get_file_as_bytes(CERTIFIED)
	var key: PackedByteArray = RLPolicyCertificate.PROPERTY.to_utf8_buffer()
	for i: int in bytes.size() - key.size():
		if bytes.slice(i, i + key.size()) == key:
			bytes[i] = "x".to_utf8_buffer()[0]
	var file: FileAccess = FileAccess.open(PLAIN, FileAccess.WRITE)
	file.store_buffer(bytes)
	file.close()


func _roster(count: int, script: GDScript = CONTROLLER) -> RLRoster:
	var arena: Node = Node.new()
	add_child(arena)
	for i: int in count:
		var controller: Node = script.new()
		arena.add_child(controller)
		controller.set_physics_process(false)
	var roster: RLRoster = RLRoster.new()
	roster.collect([arena], RLLaunchOptions.parse([]))
	roster.begin_all()
	return roster


func _run(roster: RLRoster, model: String, ticks_per_second: int = 90) -> RLRunSession:
	var settings: RLSettings = RLSettings.new()
	settings.control_mode = Sync.ControlModes.ONNX_INFERENCE
	settings.onnx_model_path = model
	var run: RLRunSession = RLRunSession.new(get_tree(), RLLaunchOptions.parse([]), settings)
	run.roster = roster
	run._chooser.about = {"physics_ticks_per_second": ticks_per_second}
	return run


func _choose(
	roster: RLRoster, onnx_action_repeat: int = 0, ticks_per_second: int = 90
) -> Array[RLPolicy]:
	var run: RLRunSession = _run(roster, CERTIFIED, ticks_per_second)
	run.settings.onnx_action_repeat = onnx_action_repeat
	check_equal(run._choose_policies(), "")
	return run._policies
