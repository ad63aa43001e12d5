@tool
extends RefCounted
## What is wrong with the project's settings: the plugin, the autoload, the policy that the game
## carries.
##
## Called by the scene's check and the plugin. It reads [ProjectSettings] and changes nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLModelCheck := preload("res://addons/godot_rl/editor/checks/model_check.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")

const PLUGIN: String = "res://addons/godot_rl/plugin.cfg"
const AUTOLOAD: String = "GodotRLAgentsSync"
const SYNC: String = "res://addons/godot_rl/sync.gd"


## The problems, one sentence each.
static func problems() -> PackedStringArray:
	var found: PackedStringArray = []
	var autoload: String = autoload_path()
	if autoload.is_empty():
		(
			found
			. append(
				(
					(
						"the autoload %s is missing, so no agent will act: enable the plugin Godot RL, or add "
						% AUTOLOAD
					)
					+ 'to project.godot, under [autoload]: %s="*%s"' % [AUTOLOAD, SYNC]
				)
			)
		)
	elif autoload != SYNC and not _extends_sync(autoload):
		found.append(
			(
				"the autoload %s is %s, which is not %s: give one of them another name"
				% [AUTOLOAD, autoload, SYNC]
			)
		)
	if not plugin_is_enabled():
		found.append("the plugin Godot RL is disabled: enable it in Project Settings > Plugins")
	var model: String = str(RLProjectSettings.value_of(RLProjectSettings.ONNX_MODEL))
	if not model.is_empty():
		var missing: String = RLModelCheck.missing_file(model)
		if not missing.is_empty():
			found.append("project setting %s: %s" % [RLProjectSettings.ONNX_MODEL, missing])
	return found


## The path of the autoload's script or scene; "" if there is none.
static func autoload_path(name: String = AUTOLOAD) -> String:
	var setting: String = "autoload/" + name
	if not ProjectSettings.has_setting(setting):
		return ""
	var value: String = str(ProjectSettings.get_setting(setting)).trim_prefix("*")
	return ResourceUID.uid_to_path(value) if value.begins_with("uid://") else value


static func plugin_is_enabled() -> bool:
	var enabled: Variant = ProjectSettings.get_setting(
		"editor_plugins/enabled", PackedStringArray()
	)
	return enabled is PackedStringArray and PLUGIN in enabled


static func _extends_sync(path: String) -> bool:
	var script: Script = load(path) as Script if path.ends_with(".gd") else null
	while script != null:
		if script.resource_path == SYNC:
			return true
		script = script.get_base_script()
	# A scene may hold a Sync node at its root; only running it tells.
	return path.ends_with(".tscn") or path.ends_with(".scn")
