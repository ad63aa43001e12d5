extends GodotTestCase
## The table of project settings: registered without being written, absent means the default.

const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")


func _exit_tree() -> void:
	for name: String in RLProjectSettings.TABLE:
		ProjectSettings.set_setting(name, null)


func test_an_absent_setting_has_its_default() -> void:
	for name: String in RLProjectSettings.TABLE:
		if not ProjectSettings.has_setting(name):
			check_equal(RLProjectSettings.value_of(name), RLProjectSettings.TABLE[name][0], name)
	check_equal(RLProjectSettings.value_of(RLProjectSettings.OVERLAY_KEY), "F9")


func test_each_setting_is_described() -> void:
	for name: String in RLProjectSettings.TABLE:
		check(RLProjectSettings.description(name).length() > 20, name)
		check_equal(RLProjectSettings.TABLE[name].size(), 5, name)


func test_registered_settings_are_not_written_into_the_project() -> void:
	RLProjectSettings.register()
	var path: String = "user://written_settings.godot"
	check_equal(ProjectSettings.save_custom(path), OK)
	check(not FileAccess.get_file_as_string(path).contains("[godot_rl]"), "defaults were written")
	ProjectSettings.set_setting(RLProjectSettings.ACTION_REPEAT, 4)
	check_equal(ProjectSettings.save_custom(path), OK)
	check(
		FileAccess.get_file_as_string(path).contains("action_repeat=4"), "a value was not written"
	)
	DirAccess.remove_absolute(path)


func test_a_value_of_the_project_is_kept() -> void:
	ProjectSettings.set_setting(RLProjectSettings.ACTION_REPEAT, 6)
	RLProjectSettings.register()
	check_equal(RLProjectSettings.value_of(RLProjectSettings.ACTION_REPEAT), 6)
