extends GodotTestCase
## What the editor says about a scene's controllers, Sync nodes, sensors and scripts.

const Builder := preload("res://tests/godot/editor/scene_builder.gd")
const RLSceneCheck := preload("res://addons/godot_rl/editor/checks/scene_check.gd")
const MODELS: String = "res://tests/godot/inference/models/"

var _roots: Array[Node] = []


func test_a_good_scene_has_no_problems() -> void:
	_check_texts(Builder.scene(), [])


func test_a_scene_without_agents_is_none_of_our_business() -> void:
	var root: Node3D = Node3D.new()
	root.set_script(
		Builder.script("extends Node3D\nfunc f() -> void:\n\tglobal_position = Vector3.ZERO\n")
	)
	_check_texts(root, [])


func test_the_repositorys_scenes_have_no_problems() -> void:
	for name: String in ["vr_locomotion", "vr_navigation", "spacecraft_landing", "voxel_stress"]:
		var path: String = "res://scenes/features/%s_test.tscn" % name
		if not ResourceLoader.exists(path):
			continue
		var root: Node = (load(path) as PackedScene).instantiate()
		check_equal(Array(RLSceneCheck.texts(root)), [], path)
		root.free()


func test_a_wrong_action_space_is_told_with_its_line() -> void:
	var source: String = Builder.GOOD.replace('"continuous"', '"smooth"')
	_check_one(Builder.scene(source), "action 'move' has action_type 'smooth'")
	var problem: RLSceneCheck.RLProblem = RLSceneCheck.problems(_kept(Builder.scene(source)))[0]
	check_equal(problem.line, 4)


func test_a_missing_policy_is_told_with_the_nearest_file() -> void:
	_check_one(_playing(MODELS + "godot_rl_pp.onnx"), "did you mean %sgodot_rl_ppo.onnx?" % MODELS)
	_check_one(_playing(""), "plays a policy, but none is set")
	_check_one(_playing("res://tests/godot/run_tests.gd"), "cannot be played")


func test_a_policy_of_other_sizes_is_told() -> void:
	# godot_rl_ppo.onnx takes 6 floats and gives 3 columns; the controller observes 2, acts with 2.
	var root: Node3D = _playing(MODELS + "godot_rl_ppo.onnx")
	var texts: PackedStringArray = RLSceneCheck.texts(_kept(root))
	check_equal(texts.size(), 2)
	check("takes an observation of 6 elements, the controller's has 2" in texts[0], texts[0])
	check("gives 3 outputs, the controller's action space needs 2" in texts[1], texts[1])


func test_a_policy_of_unknown_sizes_is_not() -> void:
	var source: String = Builder.GOOD.replace("[1.0, 2.0]", "more() + [1.0]").replace(
		'"size": 2', '"size": size()'
	)
	source += "func more() -> Array:\n\treturn []\nfunc size() -> int:\n\treturn 3\n"
	_check_texts(_playing(MODELS + "godot_rl_ppo.onnx", source), [])


func test_the_policy_of_sync_counts_for_controllers_that_inherit() -> void:
	var root: Node3D = Builder.scene()
	var sync: Sync = Sync.new()
	sync.control_mode = Sync.ControlModes.ONNX_INFERENCE
	sync.onnx_model_path = "res://nowhere.onnx"
	root.add_child(sync)
	_check_one(root, ": the policy res://nowhere.onnx does not exist")


func test_sync_nodes() -> void:
	var alone: Node = Node.new()
	alone.add_child(Sync.new())
	_check_one(alone, "the scene has no agent")
	var two: Node3D = Builder.scene()
	Builder.add(two, Sync.new(), "First")
	Builder.add(two, Sync.new(), "Second")
	_check_one(two, "Game/First: there are 2 Sync nodes; only the last one counts")


func test_strangers_in_the_group_are_told() -> void:
	var root: Node3D = Builder.scene()
	Builder.add(root, Node3D.new(), "Player").add_to_group("AGENT")
	_check_one(root, "Game/Player: it is in the group AGENT, but is no AIController2D")


func test_a_script_that_does_not_compile() -> void:
	var root: Node3D = Builder.scene()
	expect_error('Identifier "nothing" not declared')
	var broken: Node3D = Node3D.new()
	root.add_child(broken)
	broken.name = "Broken"
	var script: GDScript = GDScript.new()
	script.source_code = "extends AIController3D\nfunc f() -> int:\n\treturn nothing.here\n"
	script.reload()
	broken.set_script(script)
	if broken.get_script() != null:
		_check_one(root, "Game/Broken: its script does not compile")


func test_sensors_tell_their_problems() -> void:
	var root: Node3D = Builder.scene()
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	sensor.collision_mask = 0
	Builder.add(root.get_node("AI"), sensor, "Eyes")
	var of_controller: Array[RLSceneCheck.RLProblem] = RLSceneCheck.problems_of(
		root.get_node("AI"), root
	)
	check_equal(of_controller.size(), 1, "problems shown at the controller")
	_check_one(root, "Game/AI/Eyes: collision_mask is 0")


func test_world_coordinates_name_the_scripts_line() -> void:
	var source: String = Builder.GOOD.replace(
		"_episode_seed: int) -> void:\n\tpass",
		"_episode_seed: int) -> void:\n\tget_parent().global_position = Vector3.ZERO"
	)
	_check_one(Builder.scene(source), "global_position is set to a constant")
	var problem: RLSceneCheck.RLProblem = RLSceneCheck.problems(_kept(Builder.scene(source)))[0]
	check_equal(problem.line, 9)


func test_world_coordinates_are_right_where_nothing_trains_side_by_side() -> void:
	var source: String = Builder.GOOD.replace(
		"_episode_seed: int) -> void:\n\tpass",
		'_episode_seed: int) -> void:\n\tset("x", 1)\n\tglobal_position = Vector3.ZERO'
	)
	var human: Node3D = Builder.scene(source)
	(human.get_node("AI") as AIController3D).control_mode = AIController3D.ControlModes.HUMAN
	_check_texts(human, [])
	var worlds: Node = Node.new()
	Builder.add(worlds, AIController3D.new(), "AI", source)
	_check_texts(worlds, [])


func test_the_missing_autoload_and_plugin_are_told() -> void:
	var root: Node3D = _kept(Builder.scene())
	var autoload: String = ProjectSettings.get_setting("autoload/GodotRLAgentsSync")
	var enabled: Variant = ProjectSettings.get_setting("editor_plugins/enabled")
	ProjectSettings.set_setting("autoload/GodotRLAgentsSync", null)
	ProjectSettings.set_setting("editor_plugins/enabled", PackedStringArray())
	var texts: PackedStringArray = RLSceneCheck.texts(root)
	ProjectSettings.set_setting("autoload/GodotRLAgentsSync", "*res://tests/godot/test_case.gd")
	ProjectSettings.set_setting("editor_plugins/enabled", enabled)
	var other: PackedStringArray = RLSceneCheck.texts(root)
	ProjectSettings.set_setting("autoload/GodotRLAgentsSync", autoload)
	check_equal(texts.size(), 2)
	check('GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"' in texts[0], texts[0])
	check("the plugin Godot RL is disabled" in texts[1], texts[1])
	check_equal(other.size(), 1)
	check("is res://tests/godot/test_case.gd, which is not" in other[0], other[0])


func _playing(path: String, source: String = Builder.GOOD) -> Node3D:
	var root: Node3D = Builder.scene(source)
	var ai: AIController3D = root.get_node("AI")
	ai.control_mode = AIController3D.ControlModes.ONNX_INFERENCE
	ai.onnx_model_path = path
	return root


func _check_texts(root: Node, expected: Array) -> void:
	check_equal(Array(RLSceneCheck.texts(root)), expected, "problems")
	root.free()


func _check_one(root: Node, part: String) -> void:
	var texts: PackedStringArray = RLSceneCheck.texts(root)
	check(texts.size() == 1, "expected one problem with '%s', got %s" % [part, texts])
	check(not texts.is_empty() and part in texts[0], "expected '%s' in %s" % [part, texts])
	root.free()


# Frees the scene with this test; it stands still, so that nobody drives it.
func _kept(root: Node3D) -> Node3D:
	root.process_mode = Node.PROCESS_MODE_DISABLED
	_roots.append(root)
	return root


func _exit_tree() -> void:
	for root: Node in _roots:
		root.free()
