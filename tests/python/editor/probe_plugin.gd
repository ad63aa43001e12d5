@tool
extends EditorPlugin
## Looks at the plugin Godot RL from inside a running editor and prints what it sees as one line of
## JSON; test_plugin.py puts it into a project. Ends the editor.

const AUTOLOAD: String = "autoload/GodotRLAgentsSync"
const PLUGIN: String = "godot_rl"

var _seen: Dictionary = {}


func _enter_tree() -> void:
	_look.call_deferred()


func _look() -> void:
	var files: EditorFileSystem = EditorInterface.get_resource_filesystem()
	while files.is_scanning() or files.get_filesystem() == null:
		await get_tree().process_frame
	EditorInterface.open_scene_from_path("res://game.tscn")
	while EditorInterface.get_edited_scene_root() == null:
		await get_tree().process_frame
	var agent: Node = EditorInterface.get_edited_scene_root().get_node("Agent")
	EditorInterface.edit_node(agent)
	_seen["inspector"] = await _texts_with(EditorInterface.get_inspector(), "begin_epsiode")
	var panel: Node = _panel()
	_seen["summary"] = await _texts_with(panel, "problem")
	_seen["settings"] = ProjectSettings.has_setting("godot_rl/debug/overlay_key")
	_seen["added"] = ProjectSettings.has_setting(AUTOLOAD)
	EditorInterface.set_plugin_enabled(PLUGIN, false)
	_seen["after_disabling"] = ProjectSettings.has_setting(AUTOLOAD)
	ProjectSettings.set_setting(AUTOLOAD, "*res://own_sync.gd")
	EditorInterface.set_plugin_enabled(PLUGIN, true)
	_seen["own_kept"] = ProjectSettings.get_setting(AUTOLOAD) == "*res://own_sync.gd"
	EditorInterface.set_plugin_enabled(PLUGIN, false)
	_seen["own_kept_after_disabling"] = ProjectSettings.has_setting(AUTOLOAD)
	print("SEEN " + JSON.stringify(_seen))
	get_tree().quit()


func _panel() -> Node:
	for found: Node in EditorInterface.get_base_control().find_children(
		"RL", "VBoxContainer", true, false
	):
		return found
	return null


# The labels below a node that hold a text, as soon as there is one.
func _texts_with(node: Node, part: String) -> PackedStringArray:
	var texts: PackedStringArray = []
	while texts.is_empty():
		for label: Node in node.find_children("*", "Label", true, false):
			if (label as Label).text.contains(part):
				texts.append((label as Label).text)
		await get_tree().process_frame
	return texts
