@tool
extends VBoxContainer
## The bottom panel "RL": every problem of the edited scene; a click selects the node, a double
## click opens the script's line.
##
## The plugin adds it and calls [method show_problems]. It asks for no check by itself and changes
## nothing but the selection.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## The user wants the scene to be looked at again.
signal refresh_wanted

const RLProblem := preload("res://addons/godot_rl/editor/checks/problem.gd")

const TITLES: PackedStringArray = ["Node", "Problem", "Line"]

var _summary: Label = Label.new()
var _list: Tree = Tree.new()


func _init() -> void:
	name = "RL"
	var scale: float = EditorInterface.get_editor_scale()
	custom_minimum_size = Vector2(0, 200) * scale
	var bar: HBoxContainer = HBoxContainer.new()
	_summary.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	bar.add_child(_summary)
	var again: Button = Button.new()
	again.text = "Check Again"
	again.tooltip_text = "The scene is checked when it is opened, saved and run."
	again.pressed.connect(refresh_wanted.emit)
	bar.add_child(again)
	add_child(bar)
	_list.columns = 3
	_list.hide_root = true
	_list.column_titles_visible = true
	for column: int in 3:
		_list.set_column_title(column, TITLES[column])
		_list.set_column_title_alignment(column, HORIZONTAL_ALIGNMENT_LEFT)
		_list.set_column_clip_content(column, true)
	_list.set_column_expand_ratio(1, 5)
	_list.set_column_expand(2, false)
	_list.set_column_custom_minimum_width(2, roundi(160 * scale))
	_list.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_list.item_selected.connect(_select_node)
	_list.item_activated.connect(_open_script)
	add_child(_list)


## Shows [param problems] of the scene [param root]; null: no scene is open.
func show_problems(problems: Array[RLProblem], root: Node) -> void:
	_list.clear()
	_list.create_item()
	if root == null:
		_summary.text = "No scene is open."
	elif problems.is_empty():
		_summary.text = "%s: no problems found." % root.name
	else:
		var count: int = problems.size()
		_summary.text = "%s: %d problem%s" % [root.name, count, "" if count == 1 else "s"]
	for problem: RLProblem in problems:
		_add(problem, root)

	_show_count(problems.size())


# Godot 4.6 puts what is added to the bottom panel into a dock with a title.
func _show_count(count: int) -> void:
	var dock: Node = get_parent()
	if dock != null and dock.is_class("EditorDock"):
		dock.set(&"title", "RL" if count == 0 else "RL (%d)" % count)


func _add(problem: RLProblem, root: Node) -> void:
	var theme: Theme = EditorInterface.get_editor_theme()
	var item: TreeItem = _list.create_item()
	item.set_text(0, problem.node.name)
	item.set_icon(0, theme.get_icon(&"NodeWarning", &"EditorIcons"))
	item.set_tooltip_text(0, String(root.get_path_to(problem.node)))
	item.set_text(1, problem.shown())
	item.set_tooltip_text(1, problem.shown())
	if problem.line > 0:
		item.set_text(2, "%s:%d" % [problem.script_path.get_file(), problem.line])
		item.set_tooltip_text(2, "Double-click to open the script at this line.")
	item.set_metadata(0, problem)


func _select_node() -> void:
	var problem: RLProblem = _list.get_selected().get_metadata(0)
	if not is_instance_valid(problem.node):
		return
	var selection: EditorSelection = EditorInterface.get_selection()
	selection.clear()
	selection.add_node(problem.node)
	EditorInterface.edit_node(problem.node)


func _open_script() -> void:
	var problem: RLProblem = _list.get_selected().get_metadata(0)
	if problem.line > 0 and ResourceLoader.exists(problem.script_path):
		EditorInterface.edit_script(load(problem.script_path) as Script, problem.line)
		EditorInterface.set_main_screen_editor("Script")
