@tool
extends EditorInspectorPlugin
## Shows what is wrong with a controller or a Sync node on top of the inspector.
##
## The plugin adds it. User scripts are not @tool, so their configuration warnings never run; this
## asks the scene's check instead. It changes nothing in the scene.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLProblem := preload("res://addons/godot_rl/editor/checks/problem.gd")
const RLSceneCheck := preload("res://addons/godot_rl/editor/checks/scene_check.gd")
const RLScriptFacts := preload("res://addons/godot_rl/editor/checks/script_facts.gd")


func _can_handle(object: Object) -> bool:
	var node: Node = object as Node
	if node == null:
		return false
	return (
		RLScriptFacts.is_controller(node)
		or RLScriptFacts.is_sync(node)
		or RLScriptFacts.is_broken_controller(node)
	)


func _parse_begin(object: Object) -> void:
	var node: Node = object as Node
	var root: Node = EditorInterface.get_edited_scene_root()
	if root == null or not (node == root or root.is_ancestor_of(node)):
		return
	var problems: Array[RLProblem] = RLSceneCheck.problems_of(node, root)
	if not problems.is_empty():
		add_custom_control(_box(problems, node))


func _box(problems: Array[RLProblem], node: Node) -> Control:
	var panel: PanelContainer = PanelContainer.new()
	var style: StyleBoxFlat = StyleBoxFlat.new()
	# The panel is in no tree yet, so it has no theme of its own.
	var warning: Color = EditorInterface.get_editor_theme().get_color(&"warning_color", &"Editor")
	style.bg_color = Color(warning, 0.12)
	style.border_color = warning
	style.border_width_left = roundi(3 * EditorInterface.get_editor_scale())
	style.set_content_margin_all(6 * EditorInterface.get_editor_scale())
	panel.add_theme_stylebox_override(&"panel", style)
	var rows: VBoxContainer = VBoxContainer.new()
	rows.add_theme_constant_override(&"separation", 6)
	panel.add_child(rows)
	for problem: RLProblem in problems:
		rows.add_child(_row(problem, node))
	return panel


func _row(problem: RLProblem, node: Node) -> Control:
	var row: HBoxContainer = HBoxContainer.new()
	var theme: Theme = EditorInterface.get_editor_theme()
	var icon: TextureRect = TextureRect.new()
	icon.texture = theme.get_icon(&"NodeWarning", &"EditorIcons")
	icon.size_flags_vertical = Control.SIZE_SHRINK_BEGIN
	row.add_child(icon)
	var text: Label = Label.new()
	text.text = problem.shown()
	if problem.node != node and node.is_ancestor_of(problem.node):
		text.text = "%s: %s" % [problem.node.name, problem.text]
	text.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	text.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	row.add_child(text)
	if problem.line > 0:
		var button: Button = Button.new()
		button.text = "Line %d" % problem.line
		button.tooltip_text = problem.script_path
		button.size_flags_vertical = Control.SIZE_SHRINK_BEGIN
		button.pressed.connect(_open.bind(problem.script_path, problem.line))
		row.add_child(button)
	return row


func _open(script_path: String, line: int) -> void:
	EditorInterface.edit_script(load(script_path) as Script, line)
	EditorInterface.set_main_screen_editor("Script")
