@tool
extends EditorPlugin
## The plugin Godot RL in the editor: the autoloads, the project settings, the warnings, the menu,
## the debugger's tab and the export filter.
##
## Godot makes it when the plugin is enabled. It only puts the parts of `editor/` in their places;
## nothing of it is in a running game.

const RLAutoloadKeeper := preload("res://addons/godot_rl/editor/autoload_keeper.gd")
const RLDebuggerPlugin := preload("res://addons/godot_rl/monitor/debugger_plugin.gd")
const RLExportFilter := preload("res://addons/godot_rl/editor/export_filter.gd")
const RLInspectorWarnings := preload("res://addons/godot_rl/editor/inspector_warnings.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLNewController := preload("res://addons/godot_rl/editor/new_controller.gd")
const RLProblemsPanel := preload("res://addons/godot_rl/editor/problems_panel.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")
const RLSceneWatch := preload("res://addons/godot_rl/editor/scene_watch.gd")

const MENU: String = "Godot RL"

var _debugger: RLDebuggerPlugin = RLDebuggerPlugin.new()
var _export_filter: RLExportFilter = RLExportFilter.new()
var _inspector: RLInspectorWarnings = RLInspectorWarnings.new()
var _panel: RLProblemsPanel
var _watch: RLSceneWatch


func _enter_tree() -> void:
	RLProjectSettings.register()
	add_debugger_plugin(_debugger)
	add_export_plugin(_export_filter)
	add_inspector_plugin(_inspector)
	add_tool_submenu_item(MENU, RLNewController.new())
	_panel = RLProblemsPanel.new()
	add_control_to_bottom_panel(_panel, "RL")
	_watch = RLSceneWatch.new(_panel)
	add_child(_watch)
	_panel.refresh_wanted.connect(_watch.check)
	scene_changed.connect(_on_changed)
	scene_saved.connect(_watch.scene_saved)
	resource_saved.connect(_on_changed)
	# A project whose project.godot was written by hand, or merged, may lack the autoload. A script
	# cannot be made an autoload before the editor has looked at the project's files.
	EditorInterface.get_resource_filesystem().filesystem_changed.connect(
		_keep_autoload, CONNECT_ONE_SHOT
	)


func _exit_tree() -> void:
	remove_debugger_plugin(_debugger)
	remove_export_plugin(_export_filter)
	remove_inspector_plugin(_inspector)
	remove_tool_menu_item(MENU)
	remove_control_from_bottom_panel(_panel)
	_panel.queue_free()
	_watch.queue_free()


func _enable_plugin() -> void:
	_keep_autoload()


func _disable_plugin() -> void:
	RLAutoloadKeeper.remove(self)


# Godot asks before it runs a scene; false would hold it up.
func _build() -> bool:
	_watch.about_to_run()
	return true


func _keep_autoload() -> void:
	for name: String in RLAutoloadKeeper.add(self):
		RLLog.info("added the autoload %s to the project" % name)


func _on_changed(_what: Variant) -> void:
	_watch.check_soon()
