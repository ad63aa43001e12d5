@tool
extends RefCounted
## What is wrong with one controller: its script's methods, its spaces, its mode and the policy that
## it plays.
##
## Called by the scene's check. It reads declarations, texts and exported values; it never calls
## into the controller, which is a placeholder in the editor.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## A controller's modes, as AIController2D and AIController3D number them.
enum RLMode { INHERIT, HUMAN, TRAINING, ONNX, RECORD }

const RLMethodCheck := preload("res://addons/godot_rl/editor/checks/method_check.gd")
const RLModelCheck := preload("res://addons/godot_rl/editor/checks/model_check.gd")
const RLProblem := preload("res://addons/godot_rl/editor/checks/problem.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")
const RLScriptFacts := preload("res://addons/godot_rl/editor/checks/script_facts.gd")


## The problems of [param controller]; [param sync] is the scene's Sync node or null.
static func problems(controller: Node, sync: Node) -> Array[RLProblem]:
	var found: Array[RLProblem] = []
	var script: Script = controller.get_script() as Script
	if RLScriptFacts.user_scripts(controller).is_empty():
		_add(
			found,
			controller,
			"it has the addon's own script: extend it (right-click, Extend Script)"
		)
		return found
	var mode: RLMode = mode_of(controller, sync)
	for text: String in RLMethodCheck.problems(controller, mode == RLMode.RECORD):
		_add(found, controller, text, script)
	var space: Variant = _literal_space(controller)
	if space is Dictionary:
		var wrong: String = RLModelCheck.action_space_problem(space)
		if not wrong.is_empty():
			_add(found, controller, wrong, script, "get_action_space")
	var own_path: String = RLScriptFacts.value_of(controller, &"onnx_model_path", "")
	var path: String = model_path_of(controller, sync)
	var is_missing: bool = not path.is_empty() and not RLModelCheck.missing_file(path).is_empty()
	if is_missing and not own_path.is_empty():
		_add(found, controller, RLModelCheck.missing_file(path))
	# What is missing but set on Sync or in the project is told there.
	elif mode == RLMode.ONNX and not is_missing:
		for text: String in RLModelCheck.problems(controller, path):
			_add(found, controller, text)
	if (
		mode == RLMode.RECORD
		and str(RLScriptFacts.value_of(controller, &"expert_demo_save_path", "")).is_empty()
	):
		_add(found, controller, "records demonstrations: set expert_demo_save_path")
	return found


## How the controller acts when the game is started without arguments.
static func mode_of(controller: Node, sync: Node) -> RLMode:
	var mode: int = RLScriptFacts.value_of(controller, &"control_mode", RLMode.INHERIT)
	if mode != RLMode.INHERIT:
		return mode as RLMode
	if sync == null:
		return RLMode.TRAINING
	# Sync's modes are the same without INHERIT and RECORD.
	return (int(RLScriptFacts.value_of(sync, &"control_mode", RLMode.TRAINING - 1)) + 1) as RLMode


## The policy's path that the controller would play in ONNX mode, or "".
static func model_path_of(controller: Node, sync: Node) -> String:
	var path: String = RLScriptFacts.value_of(controller, &"onnx_model_path", "")
	if path.is_empty() and sync != null:
		path = RLScriptFacts.value_of(sync, &"onnx_model_path", "")
	if path.is_empty():
		path = str(RLProjectSettings.value_of(RLProjectSettings.ONNX_MODEL))
	return path


static func _literal_space(controller: Node) -> Variant:
	for script: Script in RLScriptFacts.user_scripts(controller):
		var source: String = RLScriptFacts.source_of(script)
		if source.contains("func get_action_space"):
			return RLModelCheck.RLCodeText.returned_literal(source, "get_action_space")
	return null


static func _add(
	found: Array[RLProblem], node: Node, text: String, script: Script = null, function: String = ""
) -> void:
	if script == null:
		found.append(RLProblem.new(node, text))
		return
	var line: int = 0
	var pattern: RegEx = RegEx.create_from_string("^func\\s+%s\\b" % function)
	var lines: PackedStringArray = RLScriptFacts.source_of(script).split("\n")
	for number: int in lines.size() if not function.is_empty() else 0:
		if pattern.search(lines[number]) != null:
			line = number + 1
	found.append(RLProblem.new(node, text, script.resource_path, line))
