@tool
extends PopupMenu
## The menu Project > Tools > Godot RL: a new controller's script, and the script templates.
##
## The plugin adds it. It writes only the file that the user named, and templates where there are
## none of that name.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

enum RLItem { CONTROLLER_3D, CONTROLLER_2D, TEMPLATES }

const RLLog := preload("res://addons/godot_rl/logger.gd")

## Kept in a folder that Godot does not scan: the templates are nobody's scripts yet.
const TEMPLATES: String = "res://addons/godot_rl/script_templates/"
const SEARCH_PATH_SETTING: String = "editor/script/templates_search_path"
const FILES: Dictionary[RLItem, String] = {
	RLItem.CONTROLLER_3D: "AIController3D/agent.gd",
	RLItem.CONTROLLER_2D: "AIController2D/agent.gd",
}


func _init() -> void:
	add_item("New 3D Controller Script...", RLItem.CONTROLLER_3D)
	add_item("New 2D Controller Script...", RLItem.CONTROLLER_2D)
	add_separator()
	add_item("Copy Script Templates into the Project", RLItem.TEMPLATES)
	id_pressed.connect(_chosen)


## Writes the script of a template to [param path]; returns whether that went well.
static func write_controller(item: RLItem, path: String) -> bool:
	var text: String = template_text(item)
	var file: FileAccess = FileAccess.open(path, FileAccess.WRITE)
	if file == null or not file.store_string(text):
		RLLog.error("%s cannot be written: %s" % [path, error_string(FileAccess.get_open_error())])
		return false
	return true


## A template as a script: without its meta lines.
static func template_text(item: RLItem) -> String:
	var kept: PackedStringArray = []
	for line: String in FileAccess.get_file_as_string(TEMPLATES + FILES[item]).split("\n"):
		if not line.begins_with("# meta-"):
			kept.append(line)
	return "\n".join(kept)


## Copies the templates to where Godot looks for them, unless there are such files; returns the
## paths that it wrote.
static func copy_templates(folder: String) -> PackedStringArray:
	var written: PackedStringArray = []
	if not DirAccess.dir_exists_absolute(folder):
		# Templates are no scripts yet: Godot must not compile them.
		DirAccess.make_dir_recursive_absolute(folder)
		FileAccess.open(folder.path_join(".gdignore"), FileAccess.WRITE)
	for item: RLItem in FILES:
		var target: String = folder.path_join(FILES[item])
		if FileAccess.file_exists(target):
			continue
		DirAccess.make_dir_recursive_absolute(target.get_base_dir())
		var text: String = FileAccess.get_file_as_string(TEMPLATES + FILES[item])
		var file: FileAccess = FileAccess.open(target, FileAccess.WRITE)
		if file != null and file.store_string(text):
			written.append(target)
	return written


func _chosen(id: int) -> void:
	if id == RLItem.TEMPLATES:
		var folder: String = ProjectSettings.get_setting(
			SEARCH_PATH_SETTING, "res://script_templates"
		)
		var written: PackedStringArray = copy_templates(folder)
		if written.is_empty():
			RLLog.info("the script templates are in %s already" % folder)
		for path: String in written:
			RLLog.info("script template: " + path)
		return
	var dialog: EditorFileDialog = EditorFileDialog.new()
	dialog.file_mode = EditorFileDialog.FILE_MODE_SAVE_FILE
	dialog.add_filter("*.gd", "GDScript")
	dialog.current_path = "res://agent.gd"
	dialog.file_selected.connect(_save.bind(id))
	dialog.visibility_changed.connect(_free_hidden.bind(dialog))
	EditorInterface.popup_dialog_centered_ratio(dialog, 0.5)


func _save(path: String, id: int) -> void:
	if not write_controller(id as RLItem, path):
		return
	EditorInterface.get_resource_filesystem().update_file(path)
	EditorInterface.edit_script(load(path) as Script)
	EditorInterface.set_main_screen_editor("Script")


func _free_hidden(dialog: EditorFileDialog) -> void:
	if not dialog.visible:
		dialog.queue_free()
