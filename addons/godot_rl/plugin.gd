@tool
extends EditorPlugin
## Adds the Sync autoload to a project when the plugin is enabled, and takes it away when disabled.

const AUTOLOAD_NAME: String = "GodotRLAgentsSync"
const AUTOLOAD_PATH: String = "res://addons/godot_rl/sync.gd"


func _enable_plugin() -> void:
	add_autoload_singleton(AUTOLOAD_NAME, AUTOLOAD_PATH)


func _disable_plugin() -> void:
	remove_autoload_singleton(AUTOLOAD_NAME)
