extends GodotTestCase
## What a shipped game does without: nothing that stays may need something that is left out, and
## the list names files that exist.

const RLShippedFiles := preload("res://addons/godot_rl/editor/shipped_files.gd")
## Preloads that keep training's files in a shipped game until they are lazy loads. To be emptied.
const KEPT_BY_PRELOADS: PackedStringArray = []


func test_each_entry_of_the_lists_exists() -> void:
	var parts: PackedStringArray = RLShippedFiles.EDITOR_ONLY + RLShippedFiles.TRAINING_ONLY
	for part: String in parts:
		var path: String = RLShippedFiles.ADDON + part
		check(
			FileAccess.file_exists(path) or DirAccess.dir_exists_absolute(path),
			"%s does not exist: take it out of the list" % path
		)


func test_nothing_that_stays_needs_what_is_left_out() -> void:
	for with_training: bool in [true, false]:
		var leaving: Dictionary[String, bool] = RLShippedFiles.left_out(with_training)
		for path: String in RLShippedFiles.files(RLShippedFiles.ADDON):
			if leaving.has(path):
				continue
			for needed: String in RLShippedFiles.needed_by(path):
				check(not leaving.has(needed), "%s needs %s, which is left out" % [path, needed])


func test_only_known_preloads_keep_listed_files_in_the_game() -> void:
	var leaving: Dictionary[String, bool] = RLShippedFiles.left_out(false)
	var parts: PackedStringArray = RLShippedFiles.EDITOR_ONLY + RLShippedFiles.TRAINING_ONLY
	var kept: PackedStringArray = []
	for path: String in RLShippedFiles.files(RLShippedFiles.ADDON):
		if RLShippedFiles.is_in(path, parts) and not leaving.has(path):
			kept.append(path)
	for path: String in kept:
		check(
			path in KEPT_BY_PRELOADS,
			(
				"%s is for training, but a script that ships preloads it: load() it where it is used"
				% path
			)
		)


func test_what_plays_a_policy_stays() -> void:
	var leaving: Dictionary[String, bool] = RLShippedFiles.left_out(false)
	for part: String in [
		"sync.gd",
		"logger.gd",
		"project_settings.gd",
		"agents/ai_controller_3d.gd",
		"policies/onnx_policy.gd",
		"policies/human_policy.gd",
		"inference/onnx_model.gd",
		"inference/policy_certificate.gd",
		"sensors/sensors_3d/raycast_sensor_3d.gd",
		"rewards/approach_node_reward_2d.gd",
	]:
		check(not leaving.has(RLShippedFiles.ADDON + part), "%s is left out" % part)


func test_a_game_that_takes_arguments_keeps_training_and_not_the_editor() -> void:
	var leaving: Dictionary[String, bool] = RLShippedFiles.left_out(true)
	check(leaving.has(RLShippedFiles.ADDON + "plugin.gd"), "plugin.gd ships")
	check(not leaving.has(RLShippedFiles.ADDON + "wire/binary_codec.gd"), "wire/ does not ship")


func test_the_scripts_of_a_file_are_found_however_they_are_written() -> void:
	var needed: PackedStringArray = RLShippedFiles.needed_by(
		"res://addons/godot_rl/inference/onnx_operators.gd"
	)
	check(
		"res://addons/godot_rl/inference/operators/arithmetic_operators.gd" in needed,
		"a preload over two lines"
	)
	check(
		(
			"res://addons/godot_rl/policies/policy.gd"
			in RLShippedFiles.needed_by("res://addons/godot_rl/policies/human_policy.gd")
		),
		"an extends by path"
	)
