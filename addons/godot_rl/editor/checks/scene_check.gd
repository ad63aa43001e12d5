@tool
extends RefCounted
## Everything that is wrong with a scene's agents, for the editor's user and for tests.
##
## Called by the plugin (panel, inspector, output) with the edited scene's root; it needs no editor
## and may be given any tree. It reads only: no user code runs, nothing is changed.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLControllerCheck := preload("res://addons/godot_rl/editor/checks/controller_check.gd")
const RLModelCheck := preload("res://addons/godot_rl/editor/checks/model_check.gd")
const RLProblem := preload("res://addons/godot_rl/editor/checks/problem.gd")
const RLProjectCheck := preload("res://addons/godot_rl/editor/checks/project_check.gd")
const RLScriptFacts := preload("res://addons/godot_rl/editor/checks/script_facts.gd")
const RLWorldCoordinates := preload("res://addons/godot_rl/editor/checks/world_coordinates.gd")


## All problems of the scene below [param root], in the order of the tree; none for a scene without
## agents and Sync nodes.
static func problems(root: Node) -> Array[RLProblem]:
	var found: Array[RLProblem] = []
	var nodes: Array[Node] = _tree(root)
	var controllers: Array[Node] = nodes.filter(RLScriptFacts.is_controller)
	var syncs: Array[Node] = nodes.filter(RLScriptFacts.is_sync)
	var agents: Array[Node] = nodes.filter(_is_agent)
	if agents.is_empty() and syncs.is_empty():
		return found
	for text: String in RLProjectCheck.problems():
		found.append(RLProblem.new(root, text))
	var sync: Node = null if syncs.is_empty() else syncs[-1]
	for node: Node in nodes:
		if node in controllers:
			found.append_array(RLControllerCheck.problems(node, sync))
		elif node in agents:
			found.append(RLProblem.new(node, _stranger_text(node)))
		elif node in syncs:
			_check_sync(node, syncs, agents, found)
		else:
			_check_sensor(node, found)
	if controllers.any(_trains.bind(sync)):
		_check_coordinates(root, nodes, found)
	return found


## The problems that belong to [param node]: its own and those of the nodes below it; for a Sync
## node and a controller those of the project too.
static func problems_of(node: Node, root: Node) -> Array[RLProblem]:
	var found: Array[RLProblem] = []
	for problem: RLProblem in problems(root):
		var is_projects: bool = problem.node == root and problem.script_path.is_empty()
		if problem.node == node or node.is_ancestor_of(problem.node) or is_projects:
			found.append(problem)
	return found


## The problems as lines of text: the node's path, the sentence, the script's line.
static func texts(root: Node) -> PackedStringArray:
	var lines: PackedStringArray = []
	for problem: RLProblem in problems(root):
		lines.append(problem.line_for(root))
	return lines


static func _tree(root: Node) -> Array[Node]:
	var nodes: Array[Node] = [root]
	for child: Node in root.get_children():
		nodes.append_array(_tree(child))
	return nodes


# A node that is driven, or was meant to be.
static func _is_agent(node: Node) -> bool:
	return (
		RLScriptFacts.is_controller(node)
		or node.is_in_group(&"AGENT")
		or RLScriptFacts.is_broken_controller(node)
	)


static func _trains(controller: Node, sync: Node) -> bool:
	return RLControllerCheck.mode_of(controller, sync) == RLControllerCheck.RLMode.TRAINING


static func _stranger_text(node: Node) -> String:
	if RLScriptFacts.is_broken_controller(node):
		return "its script does not compile: see the script editor"
	return (
		"it is in the group AGENT, but is no AIController2D or AIController3D: move the agent's "
		+ "methods to a controller below it, and take it out of the group"
	)


static func _check_sync(
	sync: Node, syncs: Array[Node], agents: Array[Node], found: Array[RLProblem]
) -> void:
	if syncs.size() > 1 and sync != syncs[-1]:
		found.append(
			RLProblem.new(
				sync, "there are %d Sync nodes; only the last one counts: keep one" % syncs.size()
			)
		)
	var path: String = RLScriptFacts.value_of(sync, &"onnx_model_path", "")
	if not path.is_empty() and not RLModelCheck.missing_file(path).is_empty():
		found.append(RLProblem.new(sync, RLModelCheck.missing_file(path)))
	if agents.is_empty():
		found.append(
			RLProblem.new(sync, "the scene has no agent: add an AIController2D or AIController3D")
		)


# Sensors and rewards tell their problems themselves; they are @tool scripts of this addon.
static func _check_sensor(node: Node, found: Array[RLProblem]) -> void:
	var script: Script = node.get_script() as Script
	var base: Script = script
	while base != null and not base.resource_path.begins_with("res://addons/godot_rl/"):
		base = base.get_base_script()
	if base == null or not (script.is_tool() or not Engine.is_editor_hint()):
		return
	if node.has_method(&"_get_configuration_warnings"):
		var texts_of_node: PackedStringArray = node.call(&"_get_configuration_warnings")
		for text: String in texts_of_node:
			found.append(RLProblem.new(node, text))


# Each script once, at the first node that has it. Where the root is neither 2D nor 3D every arena
# gets a world of its own.
static func _check_coordinates(root: Node, nodes: Array[Node], found: Array[RLProblem]) -> void:
	if not (root is Node3D or root is Node2D):
		return
	var seen: Dictionary[Script, bool] = {}
	for node: Node in nodes:
		for script: Script in RLScriptFacts.user_scripts(node):
			if seen.has(script):
				continue
			seen[script] = true
			var source: String = RLScriptFacts.source_of(script)
			for finding: RLWorldCoordinates.RLFinding in RLWorldCoordinates.findings(
				source, root is Node3D
			):
				found.append(
					RLProblem.new(
						node,
						finding.text + ", since copies of the scene stand side by side in training",
						script.resource_path,
						finding.line
					)
				)
