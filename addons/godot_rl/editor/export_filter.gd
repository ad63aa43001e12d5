@tool
extends EditorExportPlugin
## Leaves out of an exported game what only the editor needs and, of a release game, what only
## training needs.
##
## The plugin adds it. A debug export, and a project whose setting
## `godot_rl/launch_arguments_in_release` is on, keep what training needs.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")
const RLShippedFiles := preload("res://addons/godot_rl/editor/shipped_files.gd")

var _left_out: Dictionary[String, bool] = {}


# Godot asks the plugins in the order of their names, and its own for scripts ("GDScript") ends the
# round: what comes behind it never hears of a script.
func _get_name() -> String:
	return "AddonGodotRL"


func _export_begin(features: PackedStringArray, is_debug: bool, _path: String, _flags: int) -> void:
	_left_out = RLShippedFiles.left_out(is_debug or takes_arguments(features))
	if not _left_out.is_empty():
		RLLog.info("%d files of the addon are left out of the game" % _left_out.size())


func _export_file(path: String, _type: String, _features: PackedStringArray) -> void:
	if _left_out.has(path):
		skip()


func _export_end() -> void:
	_left_out.clear()


## Whether a release game with these features takes launch arguments: the project setting or its
## variant for one of the features.
static func takes_arguments(features: PackedStringArray) -> bool:
	var name: String = RLProjectSettings.LAUNCH_ARGUMENTS_IN_RELEASE
	for feature: String in features:
		if ProjectSettings.has_setting(name + "." + feature):
			return ProjectSettings.get_setting(name + "." + feature)
	return ProjectSettings.get_setting(name, false)
