extends GodotTestCase
## What the editor says about the methods of a controller's script.

const Builder := preload("res://tests/godot/editor/scene_builder.gd")
const RLSceneCheck := preload("res://addons/godot_rl/editor/checks/scene_check.gd")


func test_needed_methods_that_are_missing_are_named() -> void:
	_check_texts(
		Builder.scene(Builder.without("get_obs")),
		[
			(
				"Game/AI: get_obs() is missing: write get_obs() -> Dictionary, or "
				+ "get_obs_size() and write_obs()"
			)
		]
	)
	_check_one(Builder.scene(Builder.without("set_action")), "set_action() is missing")
	_check_one(Builder.scene(Builder.without("get_action_space")), "get_action_space() is missing")


func test_a_controller_without_a_script_of_the_users() -> void:
	_check_one(Builder.scene(""), "it has the addon's own script: extend it")


func test_methods_of_a_base_script_count() -> void:
	_check_texts(
		Builder.scene(
			(
				"extends 'res://tests/godot/fixtures/counter_controller.gd'\n"
				+ "func more() -> void:\n\tpass\n"
			)
		),
		[]
	)


func test_a_misspelt_begin_episode_is_told() -> void:
	var source: String = Builder.GOOD.replace("begin_episode", "begin_epsiode")
	_check_texts(
		Builder.scene(source),
		[
			(
				"Game/AI: begin_epsiode() is never called: did you mean "
				+ "begin_episode(episode_seed: int) -> void?"
			)
		]
	)


func test_a_missing_begin_episode_is_told_unless_the_game_resets_itself() -> void:
	var source: String = Builder.without("begin_episode")
	_check_one(Builder.scene(source), "nothing puts the game at the start of an episode")
	var watches: String = (
		source + "func _process(_delta: float) -> void:\n\tif needs_reset:\n\t\treset()\n"
	)
	_check_texts(Builder.scene(watches), [])


func test_a_misspelt_needed_method_is_told_once() -> void:
	var source: String = Builder.GOOD.replace("func set_action(", "func set_acton(")
	_check_one(Builder.scene(source), "set_action() is missing: rename set_acton() to it")


func test_wrong_numbers_of_arguments_are_told() -> void:
	var none: String = Builder.GOOD.replace("begin_episode(_episode_seed: int)", "begin_episode()")
	_check_one(Builder.scene(none), "begin_episode() takes 0 arguments, Sync gives 1")
	var default: String = Builder.GOOD.replace("_seed: int)", "_seed: int, _x: int = 0)")
	_check_texts(Builder.scene(default), [])
	var masks: String = Builder.GOOD + "func action_masks(_x: int) -> Array:\n\treturn []\n"
	_check_one(Builder.scene(masks), "action_masks() takes 1 argument, Sync gives 0")


func test_write_obs_and_its_size_belong_together() -> void:
	var size: String = Builder.without("get_obs") + "func get_obs_size() -> int:\n\treturn 2\n"
	_check_one(Builder.scene(size), "get_obs_size() needs write_obs()")
	var write: String = (
		Builder.without("get_obs")
		+ "func write_obs(_b: PackedFloat32Array, _o: int) -> void:\n\tpass\n"
	)
	_check_one(Builder.scene(write), "write_obs() needs get_obs_size()")


func test_demonstrations_need_a_path_and_get_action() -> void:
	var root: Node3D = Builder.scene()
	var ai: AIController3D = root.get_node("AI")
	ai.control_mode = AIController3D.ControlModes.RECORD_EXPERT_DEMOS
	var texts: PackedStringArray = RLSceneCheck.texts(root)
	check_equal(texts.size(), 2)
	check("get_action() is missing" in texts[0], texts[0])
	check("set expert_demo_save_path" in texts[1], texts[1])
	root.free()


func _check_texts(root: Node, expected: Array) -> void:
	check_equal(Array(RLSceneCheck.texts(root)), expected, "problems")
	root.free()


func _check_one(root: Node, part: String) -> void:
	var texts: PackedStringArray = RLSceneCheck.texts(root)
	check(texts.size() == 1, "expected one problem with '%s', got %s" % [part, texts])
	check(not texts.is_empty() and part in texts[0], "expected '%s' in %s" % [part, texts])
	root.free()
