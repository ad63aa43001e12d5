extends GodotTestCase
## The overlay over agents that the real Sync drives: an ONNX policy in the VR scene, and the
## player.

const MonitorScene := preload("res://tests/godot/monitor/monitor_scene.gd")
const RLOverlay := preload("res://addons/godot_rl/monitor/overlay.gd")
const SCENE: PackedScene = preload("res://scenes/features/vr_locomotion_test.tscn")
const MODEL: String = "res://baselines/vr_locomotion_baseline.onnx"

var _sync: Node


func _enter_tree() -> void:
	# The runner keeps it from driving agents that tests move by hand.
	_sync = get_node("/root/GodotRLAgentsSync")
	_sync.process_mode = Node.PROCESS_MODE_ALWAYS


func _exit_tree() -> void:
	_sync.process_mode = Node.PROCESS_MODE_DISABLED


func _overlay() -> RLOverlay:
	var overlay: RLOverlay = RLOverlay.new()
	overlay.sync = _sync
	add_child(overlay)
	return overlay


func _until_told(overlay: RLOverlay, times: int) -> Dictionary:
	overlay._process(1.0)
	while overlay.choice.watch == null or overlay.choice.watch.version < times:
		await get_tree().physics_frame
		overlay._process(1.0)
	return overlay.choice.watch.snapshot()


func test_a_policy_in_the_vr_scene() -> void:
	var scene: Node = SCENE.instantiate()
	var controller: VRLocomotionController = scene.get_node("Player/AIController3D")
	controller.control_mode = AIController3D.ControlModes.ONNX_INFERENCE
	controller.onnx_model_path = MODEL
	add_child(scene)
	var overlay: RLOverlay = _overlay()
	var shown: Dictionary = await _until_told(overlay, 40)
	check(overlay.choice.controller == controller, "agent")
	check(str(shown["policy"]).contains("vr_locomotion_baseline"), "policy %s" % shown["policy"])
	check_equal(shown["obs_names"], VRObservation.NAMES, "names")
	check_equal((shown["actions"] as Array).size(), 4, "actions")
	check(shown["decisions"] > 10, "decisions: %d" % shown["decisions"])
	check(shown["rate"] > 1.0, "decisions a second: %s" % shown["rate"])
	check("progress" in shown["terms"] and "survival" in shown["terms"], "terms")
	check(not "other" in shown["terms"], "the terms explain every reward: %s" % [shown["terms"]])
	var sum: float = 0.0
	for one: float in shown["term_sums"]:
		sum += one
	check_near(sum, shown["return"], 1e-3, "the terms' sum is the return")
	var observed: Dictionary = controller.get_obs()
	overlay._refresh()
	check_equal(controller.get_obs(), observed, "looking changes nothing")
	scene.free()
	overlay._process(1.0)
	check(overlay.choice.watch == null, "nobody after the scene was freed")


func test_the_player() -> void:
	var agents: Array[MonitorScene.ToldAgent] = []
	for i: int in 2:
		agents.append(MonitorScene.ToldAgent.new())
		agents[i].control_mode = AIController3D.ControlModes.HUMAN
		add_child(agents[i])
	var overlay: RLOverlay = _overlay()
	var shown: Dictionary = await _until_told(overlay, 3)
	check_equal(shown["policy"], "player", "policy")
	check_equal((shown["obs"] as PackedFloat32Array).size(), 2, "observation")
	agents[0].free()
	await _until_told(overlay, 3)
	check(overlay.choice.controller == agents[1], "the other after the first was freed")
