@tool
extends Node
## Checks the edited scene when it is opened, saved, changed by a script or run, shows the problems
## in the panel and prints new ones.
##
## The plugin owns it and forwards the editor's signals. A scene's run is never held up: what is
## wrong is a warning.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLProblem := preload("res://addons/godot_rl/editor/checks/problem.gd")
const RLProblemsPanel := preload("res://addons/godot_rl/editor/problems_panel.gd")
const RLSceneCheck := preload("res://addons/godot_rl/editor/checks/scene_check.gd")

## What happens at once is checked once, after this many seconds.
const DELAY_S: float = 0.3

var _panel: RLProblemsPanel
var _timer: Timer = Timer.new()
# Path of a scene to the problems that were printed for it last.
var _printed: Dictionary[String, PackedStringArray] = {}


func _init(panel: RLProblemsPanel) -> void:
	_panel = panel
	_timer.one_shot = true
	_timer.wait_time = DELAY_S
	_timer.timeout.connect(check)
	add_child(_timer)


## Checks soon.
func check_soon() -> void:
	if _timer.is_inside_tree():
		_timer.start()


## Checks the edited scene and shows the problems.
func check() -> void:
	var root: Node = EditorInterface.get_edited_scene_root()
	var problems: Array[RLProblem] = []
	if root != null:
		problems = RLSceneCheck.problems(root)
	_panel.show_problems(problems, root)


## The scene at [param path] was saved: prints what has not been printed.
func scene_saved(path: String) -> void:
	check_soon()
	for root: Node in EditorInterface.get_open_scene_roots():
		if root.scene_file_path == path:
			_print(root, false)


## The game is about to run: prints every problem of the open scenes, one warning each.
func about_to_run() -> void:
	check()
	for root: Node in EditorInterface.get_open_scene_roots():
		_print(root, true)


func _print(root: Node, again: bool) -> void:
	var before: PackedStringArray = _printed.get(root.scene_file_path, PackedStringArray())
	var lines: PackedStringArray = RLSceneCheck.texts(root)
	_printed[root.scene_file_path] = lines
	for line: String in lines:
		if again or line not in before:
			RLLog.warn(line)
