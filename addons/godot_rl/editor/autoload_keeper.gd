@tool
extends RefCounted
## Keeps the autoload GodotRLAgentsSync in the project while the plugin is enabled.
##
## The plugin calls it. It adds the autoload where it is missing and takes away only what it has
## added; one of the user's own under that name is never touched.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLProjectCheck := preload("res://addons/godot_rl/editor/checks/project_check.gd")

const NAME: String = RLProjectCheck.AUTOLOAD

const _SECTION: String = "godot_rl"
const _ADDED: String = "autoload_added"


## Adds the autoload unless there is one; returns whether it did.
static func add(plugin: EditorPlugin) -> bool:
	if not RLProjectCheck.autoload_path().is_empty():
		return false
	plugin.add_autoload_singleton(RLProjectCheck.AUTOLOAD, RLProjectCheck.SYNC)
	# The editor saves the project a moment later; an import has ended by then.
	ProjectSettings.save()
	_settings().set_project_metadata(_SECTION, _ADDED, true)
	return true


## Takes the autoload away if [method add] has added it, in this session or an earlier one.
static func remove(plugin: EditorPlugin) -> void:
	var added: bool = _settings().get_project_metadata(_SECTION, _ADDED, false)
	if added and RLProjectCheck.autoload_path() == RLProjectCheck.SYNC:
		plugin.remove_autoload_singleton(RLProjectCheck.AUTOLOAD)
	_settings().set_project_metadata(_SECTION, _ADDED, null)


static func _settings() -> EditorSettings:
	return EditorInterface.get_editor_settings()
