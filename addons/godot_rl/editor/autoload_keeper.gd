@tool
extends RefCounted
## Keeps the autoloads GodotRLAgentsSync and VoxelPerformanceMonitor in the project while the plugin
## is enabled.
##
## The plugin calls it. It adds an autoload where it is missing and takes away only what it has
## added; one of the user's own under that name is never touched.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLProjectCheck := preload("res://addons/godot_rl/editor/checks/project_check.gd")

const NAME: String = RLProjectCheck.AUTOLOAD
const MONITOR: String = "VoxelPerformanceMonitor"
## Name of each autoload -> its script.
const SCRIPTS: Dictionary[String, String] = {
	NAME: RLProjectCheck.SYNC,
	MONITOR: "res://addons/godot_rl/monitor/performance_monitor.gd",
}

const _SECTION: String = "godot_rl"
# Name of each autoload -> under what the editor remembers that it was added.
const _ADDED: Dictionary[String, String] = {
	NAME: "autoload_added",
	MONITOR: "monitor_autoload_added",
}


## Adds each autoload unless there is one of its name; returns the names of those that it added.
static func add(plugin: EditorPlugin) -> PackedStringArray:
	var added: PackedStringArray = []
	for name: String in SCRIPTS:
		if not RLProjectCheck.autoload_path(name).is_empty():
			continue
		plugin.add_autoload_singleton(name, SCRIPTS[name])
		_settings().set_project_metadata(_SECTION, _ADDED[name], true)
		added.append(name)
	if not added.is_empty():
		# The editor saves the project a moment later; an import has ended by then.
		ProjectSettings.save()
	return added


## Takes away each autoload that [method add] has added, in this session or an earlier one.
static func remove(plugin: EditorPlugin) -> void:
	for name: String in SCRIPTS:
		var added: bool = _settings().get_project_metadata(_SECTION, _ADDED[name], false)
		if added and RLProjectCheck.autoload_path(name) == SCRIPTS[name]:
			plugin.remove_autoload_singleton(name)
		_settings().set_project_metadata(_SECTION, _ADDED[name], null)


static func _settings() -> EditorSettings:
	return EditorInterface.get_editor_settings()
