extends RefCounted
## Builds small scenes with scripts from text, for the tests of the editor's checks.

const GOOD: String = """extends AIController3D
func get_obs() -> Dictionary:
	return {"obs": [1.0, 2.0]}
func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}
func set_action(_action: Variant) -> void:
	pass
func begin_episode(_episode_seed: int) -> void:
	pass
"""


## A Node3D "Game" with a controller "AI" of the script [param source] below it; free it.
static func scene(source: String = GOOD) -> Node3D:
	var root: Node3D = Node3D.new()
	root.name = "Game"
	add(root, AIController3D.new(), "AI", source)
	return root


## Adds [param node] to [param parent], with a script from text if there is one.
static func add(parent: Node, node: Node, name: String, source: String = "") -> Node:
	if not source.is_empty():
		node.set_script(script(source))
	node.name = name
	parent.add_child(node)
	return node


## Compiles a script from text.
static func script(source: String) -> GDScript:
	var made: GDScript = GDScript.new()
	made.source_code = source
	made.reload()
	return made


## [constant GOOD] without the function [param name].
static func without(name: String) -> String:
	var kept: PackedStringArray = []
	var skipping: bool = false
	for line: String in GOOD.split("\n"):
		if line.begins_with("func "):
			skipping = line.begins_with("func %s(" % name)
		if not skipping:
			kept.append(line)
	return "\n".join(kept) + "\n"
